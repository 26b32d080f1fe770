# `port` is near to `host`, but it is an argument of its own.
let
  server = { host, port ? 80 }: "${host}:${toString port}";
in
server { port = 8080; }
