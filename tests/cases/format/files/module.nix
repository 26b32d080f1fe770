{ config, lib, pkgs, ... }:
with lib;
let cfg = config.services.thing; in {
  options.services.thing = {
    enable = mkEnableOption "thing";
    port = mkOption { type = types.int; default = 80; description = ''
      The port.
    ''; };
  };
  config = mkIf cfg.enable (mkMerge [
    { systemd.services.thing = { wantedBy = [ "multi-user.target" ]; serviceConfig.ExecStart = "${pkgs.thing}/bin/thing -p ${toString cfg.port}"; }; }
    (mkIf (cfg.port < 1024) { security.wrappers.thing = { owner = "root"; capabilities = "cap_net_bind_service+ep"; }; })
  ]);
}
