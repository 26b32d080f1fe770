"a
b
  c
"
