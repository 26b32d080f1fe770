let
  input = derivation { name = "a"; system = "s"; builder = "b"; };
  path = builtins.unsafeDiscardStringContext input.drvPath;
in
(derivation { name = "c"; system = "s"; builder = builtins.appendContext "b" { ${builtins.seq input.outPath path}.outputs = [ "other" ]; }; }).drvPath
