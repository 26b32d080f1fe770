# What is made of sets in several ways: names, values, their order and their places.
let
  names = builtins.genList (i: "n${toString i}") 40;
  many = builtins.listToAttrs (map (name: { inherit name; value = name; }) names);
  written = {
    a = 1;
    b = 2;
    c = 3;
  };
  line = set: name: (builtins.unsafeGetAttrPos name set).line;
  changed = many // { n3 = "changed"; z = 1; } // { n40 = 2; n3 = "again"; };
  zip = builtins.zipAttrsWith (name: values: [ name ] ++ values);
  called = f: set: map (g: g 1) (builtins.attrValues (builtins.mapAttrs (name: value: f name) set));
in
{
  removed = {
    some = removeAttrs written [ "b" "absent" ];
    lines = map (line (removeAttrs written [ "a" ])) [ "b" "c" ];
    all = removeAttrs written [ "c" "b" "a" ];
    twice = removeAttrs written [ "a" "a" ];
    again = map (n: builtins.attrNames (removeAttrs written [ n ])) [ "a" "b" "c" "a" "b" ];
    same = removeAttrs written [ "absent" ] == written;
    ofMany = builtins.attrNames (removeAttrs many (builtins.tail (builtins.tail names)));
    ofChanged = builtins.attrNames (removeAttrs changed (builtins.tail names));
  };
  zipped = {
    none = zip [ ];
    empty = zip [ { } { } ];
    one = zip [ written ];
    several = zip [ { b = 1; a = 2; } { } { c = 3; a = 4; } (written // { d = 5; }) ];
    withMany = (zip [ many changed { n3 = 0; } ]).n3;
    count = builtins.length (builtins.attrNames (zip [ many changed ]));
    places = builtins.unsafeGetAttrPos "a" (zip [ written ]);
    later = (builtins.zipAttrsWith (n: v: throw n) [ written ]) ? a;
  };
  computed =
    let
      key = "k";
      with2 = name: { first = 1; ${name} = 2; };
    in
    {
      one = { ${key} = 1; };
      order = builtins.attrNames { ${"z"} = 1; ${"a"} = 2; m = 3; ${"b"} = 4; };
      values = { ${"z"} = 1; ${"a"} = 2; m = 3; ${"b"} = 4; };
      null = { ${null} = 1; x = 2; };
      often = map with2 [ "a" "g" "a" "x" ];
      line = line { ${key} = 1; } key;
    };
  updated = {
    inherit (changed) n3 n40 z n39;
    names = builtins.length (builtins.attrNames changed);
    firstNames = builtins.head (builtins.attrNames changed);
    text = builtins.substring 0 40 (builtins.toJSON changed);
    equal = changed == many // { n3 = "again"; z = 1; n40 = 2; };
    mapped = called (name: x: name) changed == builtins.attrNames changed;
    values = builtins.length (builtins.attrValues (changed // written));
    inherit (changed // written) a;
    missing = changed ? n41 || (changed // written) ? d;
  };
}
