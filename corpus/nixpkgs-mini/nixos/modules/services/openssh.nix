# The secure shell's server.
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.services.openssh;

  show = value:
    if value == true then "yes" else if value == false then "no"
    else if lib.isList value then lib.concatStringsSep "," value else toString value;
  settings = lib.concatMapAttrsStringSep "" (
    name: value: lib.optionalString (value != null) "${name} ${show value}\n"
  ) cfg.settings;

  withKeys = lib.filterAttrs (_: account: account.openssh.authorizedKeys.keys != [ ]) config.users.users;
in
{
  imports = [
    (lib.mkRenamedOptionModule [ "services" "openssh" "passwordAuthentication" ] [ "services" "openssh" "settings" "PasswordAuthentication" ])
  ];

  options.services.openssh = {
    enable = lib.mkEnableOption "the secure shell's server";
    package = lib.mkPackageOption pkgs "openssh" { };
    ports = mkOption { type = types.listOf types.port; default = [ 22 ]; description = "Where it listens."; };
    openFirewall = mkOption { type = types.bool; default = true; description = "Whether these ports are open to all."; };
    settings = mkOption {
      description = "Settings of sshd_config; those below have a type and a default, others are taken as they are.";
      default = { };
      type = types.submodule {
        freeformType = types.attrsOf (types.nullOr (types.oneOf [ types.bool types.int types.str (types.listOf types.str) ]));
        options = {
          PasswordAuthentication = mkOption { type = types.bool; default = true; description = "Whether passwords open accounts."; };
          KbdInteractiveAuthentication = mkOption { type = types.bool; default = true; description = "Whether to ask questions."; };
          PermitRootLogin = mkOption {
            type = types.enum [ "yes" "prohibit-password" "forced-commands-only" "no" ];
            default = "prohibit-password";
            description = "Whether root may log in.";
          };
          X11Forwarding = mkOption { type = types.bool; default = false; description = "Whether windows are passed on."; };
        };
      };
    };
    extraConfig = mkOption { type = types.lines; default = ""; description = "Further lines."; };
  };

  config = lib.mkIf cfg.enable {
    networking.firewall.allowedTCPPorts = lib.mkIf cfg.openFirewall cfg.ports;

    users.users.sshd = { isSystemUser = true; group = "sshd"; };
    users.groups.sshd = { };

    environment.etc = lib.mkMerge [
      {
        "ssh/sshd_config".text = ''
          ${lib.concatMapStrings (port: "Port ${toString port}\n") cfg.ports}${settings}AuthorizedKeysFile %h/.ssh/authorized_keys /etc/ssh/authorized_keys.d/%u
          ${cfg.extraConfig}
        '';
      }
      (lib.mapAttrs' (
        _: account: lib.nameValuePair "ssh/authorized_keys.d/${account.name}" {
          mode = "0444";
          text = lib.concatLines account.openssh.authorizedKeys.keys;
        }
      ) withKeys)
    ];

    systemd.services.sshd = {
      description = "Secure shell server";
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" ];
      preStart = ''
        test -e /etc/ssh/ssh_host_ed25519_key || ${cfg.package}/bin/ssh-keygen -q -t ed25519 -N "" -f /etc/ssh/ssh_host_ed25519_key
      '';
      serviceConfig = {
        ExecStart = "${lib.getExe cfg.package} -D -f /etc/ssh/sshd_config";
        ExecReload = "/bin/kill -HUP $MAINPID";
        Restart = "always";
        KillMode = "process";
      };
    };
  };
}
