let x = 1; in { a = rec { y = x; }; a = { inherit x; z = x; }; }
