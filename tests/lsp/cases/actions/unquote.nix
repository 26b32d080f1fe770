{ "a" = 1; }
# ^^^ action: Remove the quotes
