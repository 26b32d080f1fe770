# evalctl: ignore L002
let unused = 1; in 2
#   ^^^^^^ diag: L001
