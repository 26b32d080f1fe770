let n = "k"; in { a.${n}.c = 1; }
