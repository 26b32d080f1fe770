[
  rec { a = 1; }
# ^^^ diag: L006
  rec { a = 1; b = a; }
]
