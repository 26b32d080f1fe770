{
  a = x + y * z - 1; b = -x + (!y); c = a ? b.c && d ? "e" || f -> g;
  d = { x = 1; y = 2; } // { z = 3; } // other;
  e = base // { z = 3; };
  f = [ 1 2 ] ++ lib.optional condition element ++ lib.optionals otherCondition [ first second ] ++ [ ];
  g = "first string of a concatenation" + "second string of a concatenation" + "third string of a concatenation";
  h = someCondition && anotherCondition && (aThirdCondition || aFourthCondition) && aFifthConditionThatOverflowsTheLine;
  i = aLongExpressionOnTheLeftSide.withSelections.inIt == anotherLongExpressionOnTheRightSide.withSelections.inItToo;
  j = a |> b |> c |> d;
  k = a |> b |> c;
  l = f x + g y // { z = 1; w = 2; };
  m = (a + b) * (c - d) / 2 <= 4 == true;
  n = foo.bar or baz.qux or { x = 1; };
  o = 1 .a or 2;
}
