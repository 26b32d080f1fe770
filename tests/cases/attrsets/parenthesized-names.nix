let ${("x")} = 1; in { inherit ({ y = 2; }) ${("y")}; ${(("z"))} = x; }
