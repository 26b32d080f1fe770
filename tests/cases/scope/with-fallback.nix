with { a = 1; b = 5; }; with { a = 2; }; b
