true -> -> true
