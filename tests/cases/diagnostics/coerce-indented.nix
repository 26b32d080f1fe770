let
  port = 80;
in
''
  server {
    listen ${port};
  }
''
