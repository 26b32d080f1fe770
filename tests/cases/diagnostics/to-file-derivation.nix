let
  tool = derivation { name = "tool"; builder = "/bin/sh"; system = "x86_64-linux"; };
in
builtins.toFile "start" "exec ${tool}/bin/tool"
