# Functions and delayed expressions inside of others that use several of their variables, at several levels.
let
  make = a: b: c: {
    sum = x: let both = a + b; in { now = both + c + x; later = y: both * c + a * x + b * y; };
    nested = f: map (n: f (a + n) (b + n) (map (m: [ a b c m n ]) [ (a * n) (b * n) ])) [ 1 2 ];
    loop = let go = n: acc: if n == 0 then acc ++ [ a b c ] else go (n - 1) (acc ++ [ (a + n) (b * n) ]); in go;
    chosen = { d ? a + b, e ? c + d }: x: if x then [ a b d e ] else { inherit a b c; rest = d + e; };
    recursive = rec { p = a + b; q = p + c; r = y: p * q + a + y; s = map r [ p q b ]; };
    scoped = with { inherit a b; z = c; }; y: [ a b z y (with { b = y; }; [ a b c ]) ];
  };
  one = make 1 2 3;
  other = make 10 20 30;
in
map (m: {
  sum = [ (m.sum 4).now ((m.sum 4).later 5) ];
  nested = m.nested (x: y: z: [ x y ] ++ z);
  loop = m.loop 2 [ ];
  chosen = [ (m.chosen { } true) (m.chosen { d = 7; } false) ];
  recursive = { inherit (m.recursive) p q s; r = m.recursive.r 1; };
  scoped = m.scoped 9;
}) [ one other one ]
