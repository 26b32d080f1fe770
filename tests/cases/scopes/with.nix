with { a = 1; }; with (with a; b); let c = a; in [ a c map d ]
