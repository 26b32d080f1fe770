[
  (a: 1)
#  ^ diag: L002 parameter 'a' is not used
  (_: 1)
  (_b: 1)
  (c: c + 1)
]
