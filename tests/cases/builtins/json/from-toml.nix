builtins.fromTOML "a = 1\nb = \"x\"\n[t]\nc = [1, 2]\n[t.u]\nd = 1.5\n[[l]]\ne = true\n[[l]]\ne = false\n"
