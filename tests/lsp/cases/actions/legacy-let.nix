  let { a = 1; body = a; }
# ^^^ action: Replace with 'let ... in ...'
