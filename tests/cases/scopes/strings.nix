let a = "1"; in [ "${a}${let a = b; b = a; in a}" ''${a} ''${a} ${b}'' ./x/${a}/y ]
