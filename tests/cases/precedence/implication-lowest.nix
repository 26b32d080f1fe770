false || true -> true && false
