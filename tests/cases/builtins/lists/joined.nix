# Lists that `++` gives of many items: in any order of joining, asked for in any way, an item that fails among them.
let
  inherit (builtins) all any attrNames concatLists concatMap concatStringsSep elem elemAt filter foldl' genList groupBy head
    length listToAttrs map partition seq sort tail toJSON toString toXML tryEval typeOf;
  numbers = genList (i: i) 70;
  appended = foldl' (all: i: all ++ [ i ]) [ ] numbers;
  prepended = foldl' (all: i: [ i ] ++ all) [ ] numbers;
  both = foldl' (all: i: [ (0 - i) ] ++ all ++ [ i ]) [ ] numbers;
  halves = n: if n == 0 then [ n ] else halves (n - 1) ++ halves (n - 1);
  doubled = appended ++ appended;
  broken = appended ++ [ (throw "an item") ] ++ prepended;
  short = genList (i: i) 30 ++ genList (i: i + 30) 33;  # as many as are copied at once
  sets = genList (i: { name = "n${toString i}"; value = i; }) 40 ++ genList (i: { name = "m${toString i}"; value = i; }) 40;
  sum = foldl' (a: b: a + b) 0;
  inside = { deep = [ (appended ++ prepended) ]; };
in
{
  ends = map (l: [ (length l) (head l) (elemAt l (length l - 1)) ]) [ appended prepended both (halves 8) doubled short ];
  order = concatStringsSep " " (map toString (filter (i: i > 60 || i < (0 - 60)) both));
  sums = map sum [ appended prepended both (halves 8) doubled short ];
  same = [
    (appended == numbers) (prepended == numbers) (doubled == numbers ++ numbers) (doubled == appended ++ prepended)
    (tail doubled == tail numbers ++ numbers) (appended == short) (inside == { deep = [ (numbers ++ prepended) ]; })
    (appended < doubled) (doubled < appended)
  ];
  lazily = [ (length broken) (elemAt broken 69) (elemAt broken 71) (tryEval (elemAt broken 70)).success (tryEval (elem 1000 broken)).success ];
  strictly = (tryEval (seq broken 1)).value;
  found = [ (elem 69 doubled) (elem 70 doubled) (any (i: i == 69) both) (all (i: i < 70) both) ];
  sorted = sort (a: b: a < b) both == genList (i: i - 69) 69 ++ [ 0 0 ] ++ genList (i: i + 1) 69;
  parted = map length (let p = partition (i: i < 10) doubled; in [ p.right p.wrong ]);
  grouped = map (n: length (groupBy (i: if i < 10 then "few" else "many") doubled).${n}) [ "few" "many" ];
  names = length (attrNames (listToAttrs sets));
  flat = [ (length (concatLists [ doubled [ ] both ])) (length (concatMap (i: [ i i ]) (doubled ++ both))) ];
  texts = [ (toString (numbers ++ [ "x" ])) (toJSON (genList (i: i) 40 ++ genList (i: [ i ]) 40)) (builtins.stringLength (toXML doubled)) ];
  kinds = [ (typeOf doubled) (builtins.isList both) (typeOf (head inside.deep)) ];
  nothing = [ ((doubled ++ [ ]) == doubled) (([ ] ++ doubled) == doubled) ];
  shown = genList (i: i) 33 ++ genList (i: { inherit i; }) 33;
}
