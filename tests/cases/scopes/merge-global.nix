{ a = rec { b = map; map = 1; }; a.c = map; d = map; a.toString = throw; }
