let y = 9; in { a = { y = 2; }; a = rec { x = y; }; }
