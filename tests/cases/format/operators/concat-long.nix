aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa ++ bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb ++ cccccccccccccccccccccccccccccccccc ++ d
