let
  cfg = { services.web.ports = [ 80 ]; };
in
cfg.services.web.port
