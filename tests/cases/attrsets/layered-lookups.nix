# One place of the program looks names up in sets of many names laid over each other, and in small ones.
let
  numbered = prefix: count: builtins.listToAttrs (builtins.genList (i: { name = "${prefix}${toString i}"; value = i; }) count);
  large = numbered "a" 200;
  sets = [
    (large // { a7 = "seven"; x = 1; })
    (large // { x = 2; } // numbered "b" 150)
    (large // { a7 = "other"; x = 3; })
    (builtins.mapAttrs (name: value: "${name}!") (large // { x = 4; }))
    { x = 5; a7 = 0; }
    large
    { a7 = null; }
    (large // { a7 = "seven"; x = 6; })
  ];
  formals = { a7, x ? "absent", b3 ? "none", ... }: [ a7 x b3 ];
in {
  selected = map (s: s.a7) sets;
  default = map (s: s.x or "absent") sets;
  has = map (s: [ (s ? x) (s ? b3) ]) sets;
  scoped = map (s: with { x = "outer"; }; with s; [ a7 x ]) sets;
  formals = map formals sets;
  dynamic = map (s: map (name: s.${name} or "none") (builtins.attrNames { a7 = 1; b3 = 1; x = 1; })) sets;
  removed = builtins.attrNames (removeAttrs (builtins.elemAt sets 4) (builtins.attrNames { x = 1; }));
}
