# One package: the start of every evaluation of nixpkgs.
(import <nixpkgs> { system = "x86_64-linux"; config = { }; overlays = [ ]; }).hello.drvPath
