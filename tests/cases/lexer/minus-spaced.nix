let a-b = 5; a = 3; b = 2; in a - b
