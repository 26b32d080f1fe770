{a,b,c}:a
