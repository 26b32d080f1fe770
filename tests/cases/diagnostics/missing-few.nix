let
  settings = { a = 1; b = 2; };
in
settings.colour
