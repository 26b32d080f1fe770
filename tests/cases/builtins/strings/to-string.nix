map toString [ 1 (-2) true false null "s" [ 1 2 ] [ ] [ [ 1 ] [ 2 3 ] ] /a/b ]
