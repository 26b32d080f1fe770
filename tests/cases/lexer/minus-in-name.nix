let a-b = 5; a = 1; b = 2; in a-b
