# A module of the fleet's own: small services that run a command and stand behind nginx.
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkOption types;

  app = { name, config, ... }: {
    options = {
      enable = lib.mkEnableOption "the app ${name}" // { default = true; };
      command = mkOption { type = types.str; description = "What to run."; };
      port = mkOption { type = types.port; description = "Where it listens."; };
      environment = mkOption { type = types.attrsOf types.str; default = { }; description = "Its variables."; };
      host = mkOption { type = types.nullOr types.str; default = null; description = "The virtual host it stands behind."; };
      level = mkOption {
        type = types.enum [ "debug" "info" "error" ];
        default = "info";
        description = "What it writes into its log.";
      };
    };
    config.environment = { PORT = toString config.port; LOG_LEVEL = config.level; };
  };

  enabled = lib.filterAttrs (_: value: value.enable) config.fleet.apps;
in
{
  options.fleet.apps = mkOption {
    type = types.attrsOf (types.submodule app);
    default = { };
    description = "The apps of this machine.";
  };

  config = lib.mkIf (enabled != { }) {
    assertions = [
      {
        assertion = lib.length (lib.unique (lib.mapAttrsToList (_: value: value.port) enabled)) == lib.length (lib.attrNames enabled);
        message = "two of fleet.apps listen on one port";
      }
    ];
    systemd.services = lib.mapAttrs' (
      name: value: lib.nameValuePair "app-${name}" {
        description = "App ${name}";
        wantedBy = [ "multi-user.target" ];
        after = [ "network.target" ];
        inherit (value) environment;
        script = "exec ${value.command}";
        serviceConfig = { DynamicUser = true; Restart = "on-failure"; };
      }
    ) enabled;
    services.nginx.virtualHosts = lib.mapAttrs' (
      name: value: lib.nameValuePair value.host {
        locations."/${name}/" = { proxyPass = "http://127.0.0.1:${toString value.port}/"; priority = 500; };
      }
    ) (lib.filterAttrs (_: value: value.host != null) enabled);
  };
}
