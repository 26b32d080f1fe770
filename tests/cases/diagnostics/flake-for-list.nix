let
  systems = { sourceInfo.rev = "1"; inputs = { }; list = [ "x86_64-linux" ]; };
in
map (system: system) systems
