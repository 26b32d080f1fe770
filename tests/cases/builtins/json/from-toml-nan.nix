map builtins.toString (builtins.concatLists (builtins.attrValues (builtins.fromTOML ''
  a = [ -nan ]
  b = [ nan ] # "é"
  c = [ "é", -nan, +nan, -inf, -0.0, [ -nan, nan ] ]
  "é" = [ """é
  é""", -nan, nan ]
'')))
