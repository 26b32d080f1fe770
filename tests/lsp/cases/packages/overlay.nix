final: prev:
  { x = prev.hel; }
#           ^^^^ complete: hello
