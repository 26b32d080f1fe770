# Short lists that are folded where the result may not be needed, in loops: what fails or is told stays where it was.
let
  inherit (builtins) deepSeq foldl' genList head isFunction length seq stringLength throw trace tryEval;
  items = [ { v = 1; } { w = 5; v = 2; } { a = 0; b = 0; v = 3; w.x = 7; } ];
  weigh = s: s.v + (s.w.x or 4);
  total = n: sum: if n == 0 then sum else total (n - 1) (sum + foldl' (a: s: a + weigh s) 0 items);
  with-function = f: n: sum: if n == 0 then sum else with-function f (n - 1) (sum + foldl' (a: s: a + f s) 0 items);
  # The same places with several functions, one after another.
  around = f: let loop = n: sum: if n == 0 then sum else loop (n - 1) (sum + foldl' (a: s: a + f s) 0 items); in loop 50 0;
  far-around = f: p: q: r: let
    loop = n: sum: if n == 0 then sum else loop (n - 1) (sum + foldl' (a: s: a + f s + p * q - r) 0 items);
  in loop 50 0;
  with-list = list: n: sum: if n == 0 then sum else with-list list (n - 1) (sum + foldl' (a: b: a + b) n list);
  with-start = start: n: sum: if n == 0 then sum else with-start start (n - 1) (sum + foldl' (a: b: b) start [ 1 2 ]);
  choose = n: sum: if n == 0 then sum else choose (n - 1) (sum + foldl' (a: b: if a < b && !(b == 5) then b else if a == 7 || b == 5 then a * 2 else a - 1) n [ 3 5 1 8 ]);
  head-of-v = { v, ... }: head [ v (throw "not the head") ];
  unused = n: sum: if n == 0 then "unused" else unused (n - 1) (sum + foldl' (a: s: a + s.missing) 0 items);
  failing = n: sum: if n == 0 then tryEval sum else failing (n - 1) (sum + foldl' (a: s: a + (if s ? w then throw "in vain" else s.v)) 0 items);
  overflow = n: sum: if n == 0 then 1 else overflow (n - 1) (sum + foldl' (a: b: a * b) 4611686018427387904 [ 2 3 ]);
  texts = n: text: if n == 0 then stringLength text else texts (n - 1) (text + foldl' (a: s: a + s) "" [ "a" "bc" ]);
  floats = n: sum: if n == 0 then sum else floats (n - 1) (sum + foldl' (a: b: a + b) 0.5 [ 1 2.25 ]);
  functions = n: f: if n == 0 then f == f && isFunction f else functions (n - 1) (foldl' (a: b: b) f [ (x: x) weigh ]);
  sets = n: s: if n == 0 then s.v else sets (n - 1) (foldl' (a: b: if b ? w then b else a) s items);
  nested = n: sum: if n == 0 then sum else nested (n - 1) (sum + foldl' (a: s: a + foldl' (c: t: c + t.v * s.v) 0 items) 0 items);
  told = n: sum: if n == 0 then sum else told (n - 1) (sum + foldl' (a: s: a + (trace "weighed" weigh) s) 0 [ (head items) ]);
  lazily = n: sum: if n == 0 then "lazily" else lazily (n - 1) (sum + foldl' (a: s: a + trace "never told" s) 0 [ 1 ]);
  empty = n: sum: if n == 0 then tryEval (deepSeq sum sum) else empty (n - 1) (sum + foldl' (a: b: a + b) (throw "the start of an empty list") [ ]);
  # What folds without end, or for too long, where nobody needs it.
  again = list: foldl' (a: b: a + again list) 0 list;
  endless = n: sum: if n == 0 then "endless" else endless (n - 1) (sum + foldl' (a: s: a + again items) 0 items);
  sixteen = genList (n: n) 16;
  deep = list: n: sum: if n == 0 then "deep" else deep list (n - 1) (sum +
    builtins.foldl' (a: b: builtins.foldl' (a: b: builtins.foldl' (a: b: builtins.foldl' (a: b: builtins.foldl' (a: b: builtins.foldl' (a: b:
      builtins.foldl' (a: b: builtins.foldl' (a: b: builtins.foldl' (a: b: a + b) a list) a list) a list) a list) a list) a list) a list) a list) 0 list);
  # Elements without values, which the function that is called may not need.
  double = n: n * 2;
  ignore = n: 1;
  late = list: n: sum: if n == 0 then sum else late list (n - 1) (sum + foldl' (a: s: a + double s) 0 list);
  never = list: n: sum: if n == 0 then sum else never list (n - 1) (sum + foldl' (a: s: a + ignore s) 0 list);
  # Functions that are not complete where what calls them is made.
  incomplete = { p ? (n: n * r), q ? { sum = p 1 + foldl' (a: s: a + p s) 0 [ 1 2 ]; }, r ? q.start or 3, ... }: q.sum + r;
  mutual = n: let
    f = s: s * factor + far.more;
    far = { more = n + 1; sum = n + foldl' (a: s: a + f s) 0 [ 1 2 ]; inherit f; };
    factor = far.more;
  in far.sum;
  delayed = trace "the list" (genList (n: trace "item ${toString n}" n) 3);
in
[
  (total 50 0)
  (map (f: with-function f 50 0) [ weigh (s: s.v) { __functor = self: s: s.v * 2; } (s: stringLength "${toString s.v}") ])
  (map around [ weigh (s: s.v) weigh { __functor = self: s: s.v * 2; } (s: if s ? w then 1 else weigh s) head-of-v ])
  (map (f: far-around f 2 3 4) [ weigh (s: s.v) weigh ])
  (map (list: with-list list 50 0) [ [ ] [ 1 ] (genList (n: n) 16) (genList (n: n) 17) (genList (n: n) 40 ++ genList (n: n) 40) [ 1 2.5 ] [ (1 + 1) (2 + 2) ] ])
  (with-list delayed 40 0)
  (let list = genList (n: 6 / (n + 1)) 3; in seq list (late list 40 0))
  (let list = genList (n: 6 / n) 3; in seq list (never list 40 0))
  (map incomplete [ { } { p = n: n; } { r = 5; } ])
  (map mutual (genList (n: n) 40))
  (with-start (throw "nobody needs the start") 40 0)
  (choose 60 0)
  (unused 50 0)
  (failing 50 0)
  (overflow 50 0)
  (texts 50 "")
  (floats 50 0)
  (functions 50 (x: x))
  (sets 50 { v = 9; })
  (nested 50 0)
  (told 2 0)
  (lazily 50 0)
  (endless 50 0)
  (deepSeq sixteen (deep sixteen 50 0))
  (empty 50 0)
]
