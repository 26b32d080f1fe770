# What is mounted where.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;

  fileSystem = { name, config, ... }: {
    options = {
      mountPoint = mkOption { type = types.str; default = name; description = "Where it is mounted."; };
      device = mkOption { type = types.nullOr types.str; default = null; example = "/dev/sda1"; description = "The device."; };
      label = mkOption { type = types.nullOr types.str; default = null; description = "Its label, in place of a device."; };
      fsType = mkOption { type = types.nonEmptyStr; default = "auto"; example = "ext4"; description = "Its type."; };
      options = mkOption { type = types.nonEmptyListOf types.str; default = [ "defaults" ]; description = "Options of mount."; };
      neededForBoot = mkOption { type = types.bool; default = name == "/"; description = "Whether to mount it first."; };
    };
    config.device = lib.mkIf (config.label != null) (lib.mkDefault "/dev/disk/by-label/${config.label}");
  };

  # Parents are mounted before what lies below them.
  ordered = lib.sort (a: b: a.mountPoint < b.mountPoint) (lib.attrValues config.fileSystems);
  check = mountPoint: if mountPoint == "/" then "1" else "2";
in
{
  options = {
    fileSystems = mkOption {
      type = types.attrsOf (types.submodule fileSystem);
      default = { };
      example = { "/".device = "/dev/disk/by-label/root"; };
      description = "The file systems to mount.";
    };
    swapDevices = mkOption {
      type = types.listOf (types.submodule {
        options.device = mkOption { type = types.str; description = "A device or a file."; };
        options.size = mkOption { type = types.nullOr types.ints.positive; default = null; description = "MiB of the file."; };
      });
      default = [ ];
      description = "Where to swap to.";
    };
  };

  config = {
    assertions = map (entry: {
      assertion = entry.device != null || lib.elem entry.fsType [ "tmpfs" "none" ];
      message = "fileSystems.\"${entry.mountPoint}\" has neither a device nor a label";
    }) ordered;

    environment.etc.fstab.text = lib.concatLines (
      map (
        entry:
        lib.concatStringsSep " " [
          (if entry.device == null then entry.fsType else entry.device)
          entry.mountPoint
          entry.fsType
          (lib.concatStringsSep "," entry.options)
          "0"
          (check entry.mountPoint)
        ]
      ) ordered
      ++ map (swap: "${swap.device} none swap defaults 0 0") config.swapDevices
    );
  };
}
