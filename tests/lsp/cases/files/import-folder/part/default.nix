{ value = 1; }
# ^^^^^ def: value
