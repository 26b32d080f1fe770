f [ aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb ] [ ccccccccccccccccccccccccccccc dddddddddddddddd ]
