let
  cfg = { dataDir = "/var"; };
in
cfg.datadir
