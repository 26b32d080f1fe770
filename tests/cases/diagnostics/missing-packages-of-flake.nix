let
  nixpkgs = { legacyPackages.x86_64-linux.hello = "hello"; };
in
nixpkgs.packages.x86_64-linux.hello
