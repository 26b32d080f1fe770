let
  check = cond: message: if cond then true else throw message;
  port = 0;
in
assert check (port > 0) "port must be positive"; port
