# Names and addresses for a small network.
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.services.dnsmasq;
  # true is the bare word, a list one line per element.
  line = name: value:
    if value == true then "${name}\n" else if value == false || value == null then ""
    else lib.concatMapStrings (element: "${name}=${toString element}\n") (lib.toList value);
  configFile = pkgs.writeText "dnsmasq.conf" (lib.concatMapAttrsStringSep "" line cfg.settings);
in
{
  options.services.dnsmasq = {
    enable = lib.mkEnableOption "dnsmasq, which gives names and addresses to a network";
    package = lib.mkPackageOption pkgs "dnsmasq" { };
    settings = mkOption {
      type = types.submodule {
        freeformType = types.attrsOf (types.nullOr (types.oneOf [ types.bool types.int types.str (types.listOf types.str) ]));
        options.server = mkOption { type = types.listOf types.str; default = [ ]; description = "Servers to ask."; };
      };
      default = { };
      example = { interface = "lan0"; dhcp-range = [ "10.0.0.50,10.0.0.150,12h" ]; };
      description = "Settings of dnsmasq.conf.";
    };
  };

  config = lib.mkIf cfg.enable {
    users.users.dnsmasq = { isSystemUser = true; group = "dnsmasq"; };
    users.groups.dnsmasq = { };
    environment.etc."dnsmasq.conf".source = configFile;
    systemd.services.dnsmasq = {
      description = "Names and addresses";
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" ];
      serviceConfig = {
        ExecStart = "${lib.getExe cfg.package} -k --user=dnsmasq -C ${configFile}";
        Restart = "on-failure";
      };
    };
  };
}
