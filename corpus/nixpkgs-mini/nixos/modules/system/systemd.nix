# Units of systemd, made of sets.
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.systemd;

  setting = types.nullOr (types.oneOf [ types.bool types.int types.str types.path (types.listOf types.str) ]);
  section = description: mkOption { type = types.attrsOf setting; default = { }; inherit description; };
  names = description: mkOption { type = types.listOf types.str; default = [ ]; inherit description; };

  # What all kinds of units have.
  common = {
    options = {
      enable = mkOption { type = types.bool; default = true; description = "Whether the unit exists."; };
      description = mkOption { type = types.singleLineStr; default = ""; description = "What it is for."; };
      wantedBy = names "Units that start this one.";
      requiredBy = names "Units that need this one.";
      wants = names "Units to start with this one.";
      requires = names "Units without which this one does not run.";
      before = names "Units that start later.";
      after = names "Units that start earlier.";
      unitConfig = section "Further settings of the section [Unit].";
    };
  };

  service = { config, name, ... }: {
    options = {
      path = mkOption { type = types.listOf types.package; default = [ ]; description = "Packages in its PATH."; };
      environment = mkOption {
        type = types.attrsOf (types.nullOr (types.oneOf [ types.str types.path types.package ]));
        default = { };
        description = "Its variables.";
      };
      script = mkOption { type = types.lines; default = ""; description = "Commands of sh that it runs."; };
      preStart = mkOption { type = types.lines; default = ""; description = "Commands to run before."; };
      startAt = names "When a timer starts it, in systemd's calendar format.";
      restartIfChanged = mkOption { type = types.bool; default = true; description = "Whether a switch restarts it."; };
      reloadIfChanged = mkOption { type = types.bool; default = false; description = "Whether a switch reloads it."; };
      serviceConfig = section "Settings of the section [Service].";
    };
    config = {
      serviceConfig = lib.mkMerge [
        (lib.mkIf (config.script != "") {
          ExecStart = lib.mkDefault "${pkgs.writeShellScript "${name}-start" "set -e\n${config.script}"}";
        })
        (lib.mkIf (config.preStart != "") {
          ExecStartPre = lib.mkDefault "${pkgs.writeShellScript "${name}-pre-start" "set -e\n${config.preStart}"}";
        })
      ];
      environment.PATH = lib.mkIf (config.path != [ ]) "${lib.makeBinPath config.path}:/usr/bin:/bin";
    };
  };
  timer.options.timerConfig = section "Settings of the section [Timer].";
  socket.options.socketConfig = section "Settings of the section [Socket].";

  units = modules: description: mkOption {
    type = types.attrsOf (types.submodule ([ common ] ++ modules));
    default = { };
    inherit description;
  };

  ## From sets to text

  show = value: if value == true then "true" else if value == false then "false" else toString value;
  # A list makes one line per element.
  line = name: value: lib.concatMapStrings (element: "${name}=${show element}\n") (
    if value == null then [ ] else lib.toList value
  );
  sectionText = title: settings: "[${title}]\n" + lib.concatMapAttrsStringSep "" line settings;

  unitText = unit: sectionText "Unit" (
    lib.filterAttrs (_: value: value != "") {
      Description = unit.description;
      Wants = lib.concatStringsSep " " unit.wants;
      Requires = lib.concatStringsSep " " unit.requires;
      Before = lib.concatStringsSep " " unit.before;
      After = lib.concatStringsSep " " unit.after;
    }
    // unit.unitConfig
  );
  environmentText = unit: lib.concatMapAttrsStringSep "" (
    name: value: lib.optionalString (value != null) "Environment=${builtins.toJSON "${name}=${toString value}"}\n"
  ) unit.environment;
  serviceText = unit: unitText unit + "\n" + sectionText "Service" unit.serviceConfig + environmentText unit
    + lib.optionalString unit.reloadIfChanged "X-ReloadIfChanged=true\n"
    + lib.optionalString (!unit.restartIfChanged) "X-RestartIfChanged=false\n";

  withSuffix = suffix: text: lib.mapAttrs' (
    name: unit: lib.nameValuePair "${name}.${suffix}" {
      inherit (unit) enable wantedBy requiredBy;
      text = text unit;
    }
  );
  timers = lib.mapAttrs (name: unit: {
    enable = true;
    description = "When to start ${name}";
    wantedBy = [ "timers.target" ];
    timerConfig.OnCalendar = unit.startAt;
  }) (lib.filterAttrs (_: unit: unit.startAt != [ ]) cfg.services);

  installed = lib.filterAttrs (_: unit: unit.enable) cfg.units;
  links = kind: folder: lib.concatLists (
    lib.mapAttrsToList (
      name: unit: map (target: lib.nameValuePair "${target}.${folder}/${name}" "../${name}") unit.${kind}
    ) installed
  );
in
{
  options.systemd = {
    package = lib.mkPackageOption pkgs "systemd" { };
    services = units [ service ] "Services.";
    timers = units [ timer ] "Timers, which start the service of their name.";
    sockets = units [ socket ] "Sockets, which start the service of their name.";
    targets = units [ ] "Groups of units.";
    tmpfiles.rules = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "d /var/lib/app 0750 app app -" ];
      description = "Files and folders to make during boot.";
    };
    units = mkOption {
      type = types.attrsOf (types.submodule {
        options = {
          enable = mkOption { type = types.bool; default = true; description = "Whether it exists."; };
          text = mkOption { type = types.lines; description = "The text of its file."; };
          wantedBy = names "Units that start this one.";
          requiredBy = names "Units that need this one.";
        };
      });
      default = { };
      internal = true;
      description = "All units, as text.";
    };
  };

  config = {
    systemd.timers = timers;
    systemd.units = lib.mergeAttrsList [
      (withSuffix "service" serviceText cfg.services)
      (withSuffix "timer" (unit: unitText unit + "\n" + sectionText "Timer" unit.timerConfig) cfg.timers)
      (withSuffix "socket" (unit: unitText unit + "\n" + sectionText "Socket" unit.socketConfig) cfg.sockets)
      (withSuffix "target" unitText cfg.targets)
    ];

    environment.etc."systemd/system".source = pkgs.runCommandLocal "system-units" { } ''
      mkdir "$out"
      ${lib.concatMapAttrsStringSep "\n" (
        name: unit: "ln -s ${pkgs.writeText "unit-${lib.replaceStrings [ "@" ] [ "-" ] name}" unit.text} \"$out/${name}\""
      ) installed}
      link() { mkdir -p "$out/$(dirname "$1")"; ln -s "$2" "$out/$1"; }
      ${lib.concatMapStringsSep "\n" ({ name, value }: "link ${name} ${value}") (
        links "wantedBy" "wants" ++ links "requiredBy" "requires"
      )}
    '';
    environment.etc."tmpfiles.d/nixos.conf".text = lib.concatLines cfg.tmpfiles.rules;
  };
}
