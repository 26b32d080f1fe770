let n = "a"; in { ${n} = 1; "${n}b" = 2; }
