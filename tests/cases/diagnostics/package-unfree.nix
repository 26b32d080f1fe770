let
  file = ./fixtures/package-unfree.nix;
in
builtins.seq (import file) (throw "Package ‘tool-1.2’ in /packages/tool.nix:34 has an unfree license (‘unfree’), refusing to evaluate.\n\na) For `nixos-rebuild` you can set")
