  let { a = 1; body = a; }
# ^^^ diag: L009
