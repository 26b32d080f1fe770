  rec { a = 1; }
# ^^^ action: Remove 'rec'
