# Sets so large that their words are made when they are asked for.
let
  names = builtins.genList (i: "n${toString i}") 300;
  large = builtins.listToAttrs (map (name: { inherit name; value = builtins.stringLength name; }) names);
  fails = large // { n7 = throw "not asked for"; other = 1; };
  mapped = builtins.mapAttrs (name: value: { inherit name value; }) fails;
  twice = builtins.mapAttrs (name: { value, ... }: "${name}=${toString value}") mapped;
  # More sets over each other than are kept apart.
  piled = builtins.foldl' (set: i: set // builtins.mapAttrs (name: value: value + i) large) { } (builtins.genList (i: i) 12);
  parted = builtins.foldl' (set: i: set // builtins.mapAttrs (_: value: i)
    (builtins.listToAttrs (builtins.genList (k: { name = "p${toString (100 * i + k)}"; value = k; }) 150))) mapped (builtins.genList (i: i) 12);
  sum = set: builtins.foldl' builtins.add 0 (builtins.attrValues set);
in
{
  one = mapped.n12;
  two = twice.n299;
  count = builtins.length (builtins.attrNames mapped);
  first = builtins.head (builtins.attrNames twice);
  has = [ (mapped ? n7) (mapped ? missing) ];
  fails = (builtins.tryEval (mapped.n7.value)).success;
  over = (mapped // { n3 = 3; }).n3;
  under = ({ n3 = 3; extra = 4; } // mapped).n3.value;
  removed = builtins.length (builtins.attrNames (removeAttrs mapped [ "n7" "n8" ]));
  intersection = builtins.intersectAttrs { n1 = null; n2 = null; n = null; } twice;
  piled = sum piled;
  parted = [ (builtins.length (builtins.attrNames parted)) parted.p110 parted.p199 parted.p1249 parted.n5.value ];
  equal = [
    (builtins.mapAttrs (_: value: value) large == large)
    (builtins.mapAttrs (_: value: value + 1) large == large)
    (removeAttrs twice [ "n7" ] == removeAttrs twice [ "n7" ])
  ];
  values = builtins.length (builtins.attrValues mapped);
  strict = (builtins.tryEval (builtins.deepSeq mapped 1)).success;
}
