# What all machines share.
{ lib, ... }:
{
  boot.loader.grub.device = "/dev/sda";
  # A default, so that variants of images can bring their own.
  fileSystems."/" = {
    device = lib.mkDefault "/dev/disk/by-label/nixos";
    fsType = lib.mkDefault "ext4";
  };
  time.timeZone = "Europe/Berlin";
  system.stateVersion = "24.05";
}
