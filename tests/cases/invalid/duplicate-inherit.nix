{ inherit a a; }
