{ twice = x: x * 2; }
# ^^^^^ def: twice
