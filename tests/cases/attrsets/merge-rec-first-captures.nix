{ a = rec { x = y; }; a = { y = 2; }; }
