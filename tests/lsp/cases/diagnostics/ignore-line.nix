# all diagnostics
let unused = 1; in 2 # evalctl: ignore
