let
  pkgs = { hello = 1; };
in
builtins.length (with pkgs; [ hello helo ]) + (with pkgs; helo)
