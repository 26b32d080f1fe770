# Who may become whom.
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.security;
in
{
  options.security = {
    sudo = {
      enable = mkOption { type = types.bool; default = true; description = "Whether members of wheel may use sudo."; };
      package = lib.mkPackageOption pkgs "sudo" { };
      wheelNeedsPassword = mkOption { type = types.bool; default = true; description = "Whether they give their password."; };
      extraConfig = mkOption { type = types.lines; default = ""; description = "Further lines of sudoers."; };
    };
    acme = {
      acceptTerms = mkOption { type = types.bool; default = false; description = "Whether to accept the authority's terms."; };
      defaults.email = mkOption { type = types.nullOr types.str; default = null; description = "Whom to write to."; };
      certs = mkOption {
        type = types.attrsOf (types.submodule ({ name, ... }: {
          options.domain = mkOption { type = types.str; default = name; description = "The main name."; };
          options.extraDomainNames = mkOption { type = types.listOf types.str; default = [ ]; description = "Further names."; };
          options.directory = mkOption {
            type = types.str;
            default = "/var/lib/acme/${name}";
            readOnly = true;
            description = "Where the certificate lies.";
          };
        }));
        default = { };
        description = "Certificates to ask for.";
      };
    };
  };

  config = {
    assertions = [
      {
        assertion = cfg.acme.certs == { } || cfg.acme.acceptTerms;
        message = "security.acme.certs asks for certificates; set security.acme.acceptTerms and security.acme.defaults.email";
      }
    ];
    environment.systemPackages = lib.optional cfg.sudo.enable cfg.sudo.package;
    environment.etc.sudoers = lib.mkIf cfg.sudo.enable {
      mode = "0440";
      text = ''
        root ALL=(ALL:ALL) SETENV: ALL
        %wheel ALL=(ALL:ALL) ${lib.optionalString (!cfg.sudo.wheelNeedsPassword) "NOPASSWD: "}SETENV: ALL
        ${cfg.sudo.extraConfig}
      '';
    };
    environment.etc."acme/certificates.json" = lib.mkIf (cfg.acme.certs != { }) {
      text = builtins.toJSON { inherit (cfg.acme.defaults) email; inherit (cfg.acme) certs; };
    };
  };
}
