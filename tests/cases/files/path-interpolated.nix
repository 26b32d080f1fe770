baseNameOf (toString ./fixtures/${"a"}.txt)
