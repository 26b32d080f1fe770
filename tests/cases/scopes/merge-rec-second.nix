let y = 1; in { a.z = y; a = rec { y = 2; q = y; }; }
