let
  cfg = { listen = { port = 80; }; };
in
"port ${cfg.listen}"
