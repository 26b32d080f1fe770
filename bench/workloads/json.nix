# JSON written and read again.
let
  inherit (builtins) foldl' fromJSON genList toJSON toString;
  item = n: { id = n; name = "item ${toString n}"; tags = [ "a" "b\n" null true 1.5 ]; nested.deep.er = n * 2; };
  text = toJSON (genList item 20000);
in
foldl' (sum: i: sum + i.id + i.nested.deep.er) 0 (fromJSON text)
