# The system as one store path: everything that a machine needs to run this configuration.
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.system;

  failed = map (entry: entry.message) (lib.filter (entry: !entry.assertion) config.assertions);
  checked = system:
    if failed != [ ] then throw "Failed assertions:\n${lib.concatMapStringsSep "\n" (message: "- ${message}") failed}"
    else builtins.foldl' (value: message: lib.warn message value) system config.warnings;

  # Scripts that name others in `deps` run after those.
  ordered =
    let
      visit = done: name:
        if lib.elem name done then done
        else builtins.foldl' visit done (cfg.activationScripts.${name}.deps) ++ [ name ];
    in
    builtins.foldl' visit [ ] (lib.attrNames cfg.activationScripts);

  activate = pkgs.writeShellScript "activate" ''
    # Brings the running machine into the state of the configuration in $1.
    set -u
    system=$1
    ${lib.concatMapStringsSep "\n" (name: "#### ${name}\n${cfg.activationScripts.${name}.text}") ordered}
  '';
in
{
  options.system = {
    name = mkOption {
      type = types.str;
      default = if config.networking.hostName == "" then "unnamed" else config.networking.hostName;
      defaultText = lib.literalExpression "config.networking.hostName";
      description = "The name of the system, in the names of its store paths.";
    };
    stateVersion = mkOption {
      type = types.strMatching "[0-9]{2}\\.[0-9]{2}";
      default = "24.05";
      description = "The release that the machine was first installed with: data on it has the form of that release.";
    };
    nixos = {
      release = mkOption { type = types.str; default = "24.05"; readOnly = true; description = "The release."; };
      label = mkOption { type = types.strMatching "[a-zA-Z0-9:_.-]*"; default = "${cfg.nixos.release}-mini"; description = "The label."; };
      tags = mkOption { type = types.listOf types.str; default = [ ]; description = "What distinguishes this configuration."; };
    };
    path = mkOption { type = types.package; internal = true; description = "The packages of all users."; };
    build = mkOption {
      type = types.submodule { freeformType = types.lazyAttrsOf (types.uniq types.unspecified); };
      default = { };
      description = "What can be built of the configuration.";
    };
    activationScripts = mkOption {
      type = types.attrsOf (types.coercedTo types.str (text: { inherit text; }) (types.submodule {
        options.text = mkOption { type = types.lines; description = "Commands of sh."; };
        options.deps = mkOption { type = types.listOf types.str; default = [ ]; description = "Scripts that run earlier."; };
      }));
      default = { };
      description = "What happens when the machine changes to this configuration.";
    };
    extraDependencies = mkOption { type = types.listOf types.package; default = [ ]; description = "What else to keep."; };
  };

  config.system = {
    activationScripts.specialfs = "mkdir -p /proc /sys /run /tmp /var";
    activationScripts.etc = {
      deps = [ "specialfs" ];
      text = ''
        mkdir -p /etc
        cp -RP --remove-destination "$system/etc/." /etc/
      '';
    };

    build.toplevel = checked (
      pkgs.runCommandLocal "nixos-system-${cfg.name}-${lib.concatStringsSep "-" (cfg.nixos.tags ++ [ cfg.nixos.label ])}"
        {
          kernelParams = lib.concatStringsSep " " config.boot.kernelParams;
          systemName = cfg.nixos.label;
          inherit (cfg) extraDependencies;
          passthru = { inherit (cfg) build; };
          meta.description = "NixOS of ${cfg.name}";
        }
        ''
          mkdir -p "$out/bin"
          ln -s ${cfg.build.etc}/etc "$out/etc"
          ln -s ${cfg.path} "$out/sw"
          ln -s ${config.systemd.package} "$out/systemd"
          ln -s ${activate} "$out/activate"
          printf %s "$kernelParams" > "$out/kernel-params"
          printf %s "$systemName" > "$out/nixos-version"
          printf %s ${pkgs.system} > "$out/system"
          echo "$extraDependencies" > "$out/extra-dependencies"
          cat > "$out/init" << END
          #!/bin/sh
          # The first program: activates the configuration, then becomes systemd.
          "$out/activate" "$out"
          exec "$out/systemd/bin/systemd" "\$@"
          END
          cat > "$out/bin/switch-to-configuration" << END
          #!/bin/sh
          # switch-to-configuration switch|boot|test|dry-activate
          case "\''${1-}" in
            switch|test) "$out/activate" "$out" && exec "$out/systemd/bin/systemctl" daemon-reload ;;
            boot) ln -sfn "$out" /nix/var/nix/profiles/system ;;
            dry-activate) echo "would activate $out" ;;
            *) echo "usage: \$0 switch|boot|test|dry-activate" >&2; exit 1 ;;
          esac
          END
          chmod 755 "$out/init" "$out/bin/switch-to-configuration"
        ''
    );
  };
}
