callPackage ./a.nix [ x y z ] { }
