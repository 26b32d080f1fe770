# all diagnostics
# evalctl: ignore L001
let unused = 1; in 2
