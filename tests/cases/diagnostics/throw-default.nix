let
  systems = { x86_64-linux = "amd64"; };
  pick = system: systems.${system} or (throw "unsupported system: ${system}");
in
pick "riscv64-linux"
