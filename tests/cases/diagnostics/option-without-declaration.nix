let
  file = ./fixtures/option-without-declaration.nix;
in
builtins.seq (import file) (throw "In module ${toString file}: expected an option declaration at option path `web.port` but got an attribute set with type option-type")
