let
  systems = { sourceInfo = { }; inputs = { }; list = [ "x86_64-linux" ]; };
in
map (system: system) systems
