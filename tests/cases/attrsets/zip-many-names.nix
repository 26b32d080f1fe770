# The lists of many names are kept while each of them is made and filled, whatever is collected meanwhile.
let
  numbers = builtins.genList (i: i) 60;
  named = first: builtins.listToAttrs (map (i: { name = "n${toString (first + i)}"; value = "v${toString i}"; }) numbers);
  mapped = builtins.mapAttrs (name: value: name + value) (named 0);
  zipped = builtins.zipAttrsWith (name: values: [ name ] ++ values) [ (named 0) mapped (mapped // named 20 // { n3 = "again"; }) ];
in
map (i: zipped."n${toString i}") numbers
