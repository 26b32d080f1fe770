/a + builtins.toFile "n" "x"
