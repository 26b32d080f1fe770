"a b"
