let
  file = ./fixtures/package-insecure.nix;
in
builtins.seq (import file) (throw "Package ‘tool-1.2’ in /packages/tool.nix:34 is marked as insecure, refusing to evaluate.\n\n\nKnown issues:\n - CVE-2020-1\n\nYou can install it anyway")
