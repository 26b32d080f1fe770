builtins.toJSON { "ä" = 1; Z = 2; a = 3; "" = 4; }
