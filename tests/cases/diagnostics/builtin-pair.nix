builtins.listToAttrs [
  { name = "alice"; value = 1000; }
  { nmae = "bob"; value = 1001; }
]
