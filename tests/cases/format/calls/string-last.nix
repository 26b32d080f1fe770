mkDerivation "a" "b" ''
  c
  d
''
