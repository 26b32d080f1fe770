# Files below /etc, packages in everybody's PATH, and variables of shells.
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.environment;

  file = { name, config, ... }: {
    options = {
      enable = mkOption { type = types.bool; default = true; description = "Whether to make this file."; };
      target = mkOption { type = types.str; default = name; description = "Its place below /etc."; };
      text = mkOption { type = types.nullOr types.lines; default = null; description = "Its text."; };
      source = mkOption { type = types.path; description = "The file to link to."; };
      mode = mkOption {
        type = types.strMatching "symlink|0[0-7]{3}";
        default = "symlink";
        example = "0440";
        description = "`symlink`, or the permissions of a copy.";
      };
    };
    config.source = lib.mkIf (config.text != null) (
      lib.mkDefault (pkgs.writeText "etc-${lib.replaceStrings [ "/" ] [ "-" ] name}" config.text)
    );
  };

  files = lib.filter (entry: entry.enable) (lib.attrValues cfg.etc);
in
{
  options.environment = {
    etc = mkOption {
      type = types.attrsOf (types.submodule file);
      default = { };
      example = { "motd".text = "Welcome"; };
      description = "Files below /etc.";
    };
    systemPackages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      description = "Packages that all users have.";
    };
    pathsToLink = mkOption {
      type = types.listOf types.str;
      default = [ "/bin" "/share" ];
      description = "Folders of packages that appear in /run/current-system/sw.";
    };
    variables = mkOption {
      type = types.attrsOf (types.either types.str (types.listOf types.str));
      default = { };
      apply = lib.mapAttrs (_: value: if lib.isList value then lib.concatStringsSep ":" value else value);
      description = "Variables of every shell; lists are joined by colons.";
    };
    shellAliases = mkOption { type = types.attrsOf types.str; default = { }; description = "Aliases of every shell."; };
  };

  config = {
    environment.systemPackages = [ pkgs.bash pkgs.coreutils ];
    environment.variables.EDITOR = lib.mkDefault "vi";
    environment.etc.profile.text = ''
      # Read by every login shell.
      export PATH=/run/wrappers/bin:/run/current-system/sw/bin:/usr/bin:/bin
      ${lib.concatMapAttrsStringSep "\n" (name: value: "export ${name}=${lib.escapeShellArg value}") cfg.variables}
      ${lib.concatMapAttrsStringSep "\n" (name: value: "alias ${name}=${lib.escapeShellArg value}") cfg.shellAliases}
    '';

    system.path = pkgs.buildEnv {
      name = "system-path";
      paths = cfg.systemPackages;
      inherit (cfg) pathsToLink;
      ignoreCollisions = true;
    };

    system.build.etc = pkgs.runCommandLocal "etc" { } ''
      mkdir -p "$out/etc"
      place() {
        mkdir -p "$out/etc/$(dirname "$2")"
        ln -s "$1" "$out/etc/$2"
        if [ "$3" != symlink ]; then echo "$3" > "$out/etc/$2.mode"; fi
      }
      ${lib.concatMapStringsSep "\n" (
        entry: "place ${lib.escapeShellArgs [ "${entry.source}" entry.target entry.mode ]}"
      ) files}
    '';
  };
}
