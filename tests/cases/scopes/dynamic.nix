let a = "k"; in rec { ${a} = b; "${a}x" = a; "b" = 1; ${"c"} = b; d = c; e.${b}.a = a; }
