let
  serve = { port, host ? "0.0.0.0" }: "${host}:${toString port}";
in
serve [ 80 ]
