let p = import <nixpkgs> { system = "x86_64-linux"; }; in
  [ p.hel ]
#    ^^^^ complete: hello
