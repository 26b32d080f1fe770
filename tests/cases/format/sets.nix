{empty = {}; kept = {
  }; one = {a=1;}; rec-one = rec {b=2;   };two = {a=1; b=2;};
  nested.path.of.four = {x=1;}; nested.path.of.more.parts = somethingRatherLong.anotherAttribute.andAThirdOneThatMakesItOverflow + 1;
  "quoted" = 1; ${"dynamic"} = 2; ${a + b}.c = { };
  inherit a; inherit b c d; inherit b c d e;
  inherit (source) x y; inherit (some.longer.source.expression.that.goes.on) firstName secondName thirdName;
  inherit
    p
    q;
  single = {inherit pkgs;};
  old = let { body = x; x = 1; };


  # Two blank lines above are one.
  last = null; }
