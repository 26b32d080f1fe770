# evalctl: ignore
  x
# ^ diag: S001
