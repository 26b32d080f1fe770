# How an image is made: part of a configuration only inside of a variant.
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.image;
  toplevel = config.system.build.toplevel;

  specification = pkgs.writeJSON "image-specification.json" {
    inherit (cfg) kind format formatOptions efiSupport compression packInto fileName;
    inherit (config.virtualisation) diskSize;
    label = "nixos";
    system = "${toplevel}";
    rootFiles = cfg.rootFiles;
    espFiles = {
      "loader/loader.conf" = "timeout ${toString config.boot.loader.timeout}\ndefault nixos.conf\n";
      "loader/entries/nixos.conf" = ''
        title NixOS
        version ${config.system.nixos.label}
        options init=${toplevel}/init ${lib.concatStringsSep " " config.boot.kernelParams}
      '';
    };
    isoFiles."VERSION.TXT" = "${config.system.nixos.label}\n";
  };
in
{
  options.image = {
    kind = mkOption { type = types.enum [ "disk" "tarball" "iso" ]; default = "disk"; description = "What is made."; };
    baseName = mkOption {
      type = types.str;
      default = "nixos-${config.system.name}-${config.system.nixos.label}-${pkgs.system}";
      description = "The name of the file without its extension.";
    };
    extension = mkOption { type = types.str; description = "The extension of the file, without its dot."; };
    fileName = mkOption {
      type = types.str;
      default = "${cfg.baseName}.${cfg.extension}";
      description = "The name of the file.";
    };
    filePath = mkOption { type = types.str; default = cfg.fileName; description = "Where the file lies in the output."; };
    format = mkOption {
      type = types.enum [ "raw" "qcow2" "vmdk" "vpc" "vhdx" "vdi" ];
      default = "raw";
      description = "The format of a disk, as qemu-img names it; `vpc` is VHD.";
    };
    formatOptions = mkOption { type = types.listOf types.str; default = [ ]; description = "Options of qemu-img for the format."; };
    efiSupport = mkOption { type = types.bool; default = false; description = "Whether the disk has an EFI partition."; };
    compression = mkOption { type = types.nullOr (types.enum [ "gz" "xz" ]); default = null; description = "How the file is compressed."; };
    packInto = mkOption {
      type = types.listOf types.raw;
      default = [ ];
      example = [ [ "box.img" null ] [ "metadata.json" "{}" ] ];
      description = "Members of a tar archive around the image: names with texts, and null for the image itself.";
    };
    rootFiles = mkOption {
      type = types.attrsOf types.lines;
      default = { };
      description = "Files of the root file system beside the store.";
    };
  };

  config = {
    image.rootFiles."/etc/NIXOS" = "";
    fileSystems."/" = lib.mkIf (cfg.kind == "disk") {
      device = lib.mkImageMediaOverride "/dev/disk/by-label/nixos";
      fsType = lib.mkImageMediaOverride "ext4";
    };
    system.build.image = pkgs.runCommand cfg.baseName
      {
        exportReferencesGraph = [ "graph" toplevel ];
        passthru = { };
        meta.description = "Image of ${config.system.name}: ${cfg.fileName}";
      }
      ''
        python3 -B ${../../image}/make.py ${specification} graph "$out"
      '';
  };
}
