# Layers over a lazy fixed point, as package sets are made.
let
  inherit (builtins) foldl' genList listToAttrs toString;
  fix = f: let self = f self; in self;
  extend = f: overlay: self: let super = f self; in super // overlay self super;
  base = self: listToAttrs (genList (n: {
    name = "p${toString n}";
    value = { version = n; deps = if n < 2 then [ ] else [ self."p${toString (n - 1)}" self."p${toString (n - 2)}" ]; };
  }) 300);
  overlay = k: self: super: { "p${toString k}" = super."p${toString k}" // { version = super."p${toString k}".version + 1000; }; };
  packages = fix (foldl' extend base (genList (k: overlay (k * 3)) 100));
  depth = p: p.version + foldl' (a: d: a + d.version) 0 p.deps;
in
foldl' (sum: p: sum + depth p) 0 (genList (n: packages."p${toString n}") 300)
