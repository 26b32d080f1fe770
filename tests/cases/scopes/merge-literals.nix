let x = 1; in { a = rec { x = y; }; a = { y = x; inherit w; }; w = x; }
