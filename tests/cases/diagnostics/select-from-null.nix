let
  cfg = null;
in
cfg.enable
