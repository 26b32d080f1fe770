let
  hosts = { "web.example.org" = 1; };
in
hosts."www.example.org"
