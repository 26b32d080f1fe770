let y = 1; z = 2; in { a = rec { x = z; y = 3; }; a.z = y; }
