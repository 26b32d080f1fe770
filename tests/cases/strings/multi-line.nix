"a
  b
"
