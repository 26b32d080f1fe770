# Each part is evaluated and made text before the next one, also on the left of +.
let
  failing = { outPath = throw "first"; };
  callable = { __toString = self: throw "first"; };
  stop = x: abort "second";
  holder = { inherit failing callable; };
  caught = x: !(builtins.tryEval x).success;
in [
  (caught "${failing}${stop 1}")
  (caught "a${holder.failing}b${stop 1}c")
  (caught "${callable}${"${stop 1}"}")
  (caught "${throw "first"}${1}")
  (caught (failing + stop 1))
  (caught (holder.callable + stop 1))
  (caught (failing + "${stop 1}"))
  (caught ((x: y: x + y) failing (stop 1)))
  (caught ((x: y: "${x}${y}") callable (stop 1)))
  (caught ./a${failing}/${stop 1})
  (caught ("a" + throw "first" + null))
  (caught (1 + throw "first"))
  (caught (./. + throw "first"))
]
