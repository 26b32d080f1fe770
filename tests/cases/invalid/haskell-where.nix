a where { = 1; }
