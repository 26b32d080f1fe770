let
  port = 99999;
in
assert port < 65536;
port
