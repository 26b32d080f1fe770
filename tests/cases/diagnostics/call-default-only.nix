let
  connect = { host ? "localhost", port ? 5432 }: "${host}:${toString port}";
in
connect { hots = "db"; }
