{
  a = let x = 1; inherit (y) z; in x;
  b = if a then b else c;
  c = if a then b else if c then d else e;
  d = if someConditionThatIsLong && anotherCondition || aThirdCondition && aFourthCondition then { x = 1; } else [ 1 2 ];
  e = with pkgs; [ a b ];
  f = with pkgs; with lib; { inherit a; };
  g = assert a; assert f x y; b;
  h = assert lib.assertMsg (condition && another) "a message that is long enough to make the assertion overflow the line"; body;
  i = with pkgs; f x;
  j = x: with x; y;
  k = let in x;
  l = let f = x: x; in let g = y: y; in f g;
}
