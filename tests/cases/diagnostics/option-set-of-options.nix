let
  file = ./fixtures/option-set-of-options.nix;
in
builtins.seq (import file) (throw ''
  In module `${toString file}', you're trying to define a value of type `bool'
  rather than an attribute set for the option
  `services.web'!

  This usually happens if `services.web' has option
  definitions inside that are not matched.
'')
