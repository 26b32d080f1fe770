# Where attributes stand, after sets were updated and mapped in many ways, also over and over.
let
  line = name: set: let p = builtins.unsafeGetAttrPos name set; in if p == null then null else "${toString p.line}:${toString p.column}";
  lines = set: builtins.mapAttrs (name: _: line name set) set;
  fold = builtins.foldl';
  a = {
    x = 1;
    y = 2;
  };
  b = { y = 3; z = 4; };
  c = { x = 5; };
  many = builtins.genList (i: i) 50;
  # As many steps as it takes to go around several times.
  turns = fold (acc: i: if builtins.bitAnd i 1 == 0 then acc // { n = i; } else acc // { n = i; m = i; }) a many;
  around = fold (acc: i: if builtins.bitAnd i 1 == 0 then { left = i; } // acc // c else acc // b) { } many;
  grown = fold (acc: i: acc // { "k${toString i}" = i; }) a (builtins.genList (i: i) 14);
  mapped = builtins.mapAttrs (_: v: v) (a // b);
  again = fold (acc: i: builtins.mapAttrs (_: v: v) acc // c) a many;
in {
  updated = lines (a // b);
  other_way = lines (b // a);
  same = lines (a // a);
  three = lines (a // (b // c));
  three_left = lines ((a // b) // c);
  all_right = lines (c // a);
  computed = lines (a // builtins.listToAttrs [ { name = "y"; value = 1; } { name = "w"; value = 2; } ]);
  nowhere = lines (builtins.functionArgs ({ p, q ? 1 }: p) // builtins.zipAttrsWith (_: v: v) [ a b ]);
  turns = lines turns;
  around = lines around;
  grown = lines grown;
  mapped = lines mapped;
  mapped_updated = lines (mapped // c);
  updated_mapped = lines (c // mapped);
  again = lines again;
  removed = lines (removeAttrs (a // b // c) [ "z" ]);
  intersected = lines (builtins.intersectAttrs { x = 0; z = 0; } (a // b));
  overriding = (a // b // { __functor = self: _: line "z" self; }) null;
}
