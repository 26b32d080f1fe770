builtins.fromTOML "a = 0xff\nb = 0o17\nc = 0b101\nd = 1_000\ne = -5"
