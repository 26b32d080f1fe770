# What happens before systemd runs.
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.boot;
in
{
  options.boot = {
    kernelParams = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "console=ttyS0" ];
      description = "Parameters of the kernel's command line.";
    };
    kernelModules = mkOption { type = types.listOf types.str; default = [ ]; description = "Modules to load."; };
    kernel.sysctl = mkOption {
      type = types.attrsOf (types.nullOr (types.oneOf [ types.bool types.int types.str ]));
      default = { };
      example = { "net.ipv4.ip_forward" = true; };
      description = "Parameters of the running kernel. With null, a parameter is left as it is.";
    };
    tmp.cleanOnBoot = lib.mkEnableOption "deleting all of /tmp during boot";
    growPartition = lib.mkEnableOption "growing the root partition to the size of its disk during boot";
    isContainer = mkOption { type = types.bool; default = false; description = "Whether the kernel belongs to a host."; };
    loader = {
      timeout = mkOption {
        type = types.nullOr types.ints.unsigned;
        default = 5;
        description = "Seconds until the newest configuration starts; null waits for ever.";
      };
      grub = {
        enable = mkOption { type = types.bool; default = !cfg.isContainer; description = "Whether to use GRUB."; };
        device = mkOption { type = types.str; default = ""; example = "/dev/sda"; description = "The disk to start from."; };
      };
      systemd-boot.enable = lib.mkEnableOption "the systemd-boot loader, for machines with EFI";
    };
  };

  config = {
    boot.loader.grub.enable = lib.mkIf cfg.loader.systemd-boot.enable (lib.mkOverride 1200 false);
    boot.kernelParams = [ "loglevel=4" ];

    environment.etc."sysctl.d/60-nixos.conf".text =
      let
        show = value: if value == true then "1" else if value == false then "0" else toString value;
      in
      lib.concatLines (
        lib.mapAttrsToList (name: value: "${name} = ${show value}") (lib.filterAttrs (_: value: value != null) cfg.kernel.sysctl)
      );
    environment.etc."modules-load.d/nixos.conf" = lib.mkIf (cfg.kernelModules != [ ]) {
      text = lib.concatLines cfg.kernelModules;
    };
    systemd.tmpfiles.rules = lib.optional cfg.tmp.cleanOnBoot "D! /tmp 1777 root root -";
  };
}
