let r = rec { a = 1; ${"b"} = a; __overrides.a = 3; }; in [ r.a r.b ]
