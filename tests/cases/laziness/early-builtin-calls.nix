# Short calls of builtins, met several times: what they give is the same delayed or at once, and none fails before it is
# needed.
let
  inherit (builtins) elemAt hasAttr head isFunction isList length stringLength tail;
  pair = a: b: [ a b ];
  count = x: y: 2;
  each = f: [ (f [ 1 2 3 ]) (f [ "a" "b" ]) (f [ [ ] ]) (f [ { } { } ]) ];
  all = f: [ (f [ ]) (f [ (throw "not needed") ]) (f "no list") (f (throw "no value")) (f { }) ];
in {
  heads = each (l: pair (head l) (length l));
  tails = each (l: pair (tail l) (tail l));
  same_tail = each (l: let rest = tail l; in [ rest rest ]);
  elements = each (l: pair (elemAt l 0) (elemAt l (length l - 1)));
  kinds = each (l: pair (isList (head l)) (isFunction (head l)));
  not_needed = all (l: count (head l) (tail l)) ++ all (l: count (length l) (elemAt l 7)) ++ all (s: count (stringLength s) (hasAttr s s));
  lengths = map (s: pair (stringLength s) (s == "ab")) [ "" "ab" "abc" ];
  equal = map (x: pair (x == "ab") (x != null)) [ "ab" null 1 1.0 [ ] { } true ];
  numbers = map (x: pair (x == 1) (x != true)) [ 1 1.0 "1" false true ];
  names = map (s: pair (hasAttr s { a = 1; }) (if s == "a" then 1 else 2)) [ "a" "b" ];
  has = map (s: pair (s ? a) (s.a or "none")) [ { a = 1; } { b = 1; } { } { a = null; } 5 { b = 2; a = 3; } ];
  deep = map (s: pair (s ? a.b) (s.a.b or s)) [ { a.b = 1; } { a = 2; } { } { a = { }; } { a.b = 3; } ];
  functions = map (l: let f = head l; in [ (f == f) ([ f ] == [ f ]) ([ f ] == [ (head l) ]) ]) [ [ (x: x) ] [ (x: x) ] ];
  logic = map (x: pair (x.a && x.b || x.c) (!x.a -> x.b)) [ { a = true; b = true; } { a = true; b = false; c = 1 == 1; } { a = true; b = false; c = false; } ];
}
