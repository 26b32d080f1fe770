{a,b,}:a
