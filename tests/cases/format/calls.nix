{
  a = f x y;
  b = f { x = 1; };
  c = f { x = 1; y = 2; };
  d = f (x: { y = x; z = 1; });
  e = f (g { y = x; z = 1; }) h;
  f = someFunction firstArgument { attribute = value; other = value; } lastArgument;
  g = someFunctionName (anotherFunctionName argumentNumberOne argumentNumberTwo) (yetAnotherFunction argumentNumberThree);
  h = map (x: x + 1) [ 1 2 3 ];
  i = builtins.foldl' (accumulator: element: accumulator // { ${element.name} = element.value; }) { } (lib.attrValues set);
  j = f.g.h.i (x).y { a = 1; b = 2; }.c (f x).y.z "text".a or b;
  k = veryLongFunctionName.withSelections.thatGoOn.andOn simpleArgument anotherSimpleArgumentThatIsTooLongToFitTheLine;
  l = callPackage ./path { inherit a b; };
  m = throw "a message that is so long that it does not fit on the line with the function, not even by breaking it";
  n = (f x) (g y) (let z = 1; in z);
  o = lib.optionalString (a && b) ''
    text
    more text
  '';
  p = f [ a b ] [ c d ];
  q = f [ 1 ] x { y = 1; };
}
