# evalctl: ignore-file L001
# all diagnostics
[ (let unused = 1; in 2) ]
