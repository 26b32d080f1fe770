# What all machines of the fleet have.
{ config, lib, pkgs, inventory, ... }:
{
  nixpkgs.hostPlatform = lib.mkDefault "x86_64-linux";

  networking = {
    domain = inventory.domain;
    useDHCP = false;
    defaultGateway = lib.mkDefault inventory.router-01;
    nameservers = [ inventory.router-01 ];
    hosts = lib.mapAttrs' (
      name: address: lib.nameValuePair address [ "${name}.${inventory.domain}" name ]
    ) (removeAttrs inventory [ "domain" config.networking.hostName ]);
  };

  time.timeZone = "Europe/Berlin";
  i18n.defaultLocale = "en_US.UTF-8";

  services.openssh = {
    enable = true;
    settings = {
      PasswordAuthentication = false;
      KbdInteractiveAuthentication = false;
      PermitRootLogin = "no";
    };
  };

  users.mutableUsers = false;
  users.users.admin = {
    isNormalUser = true;
    description = "Administrator";
    extraGroups = [ "wheel" ];
    openssh.authorizedKeys.keys = [
      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFleetFleetFleetFleetFleetFleetFleetFleetFlee admin@fleet.example"
    ];
  };
  security.sudo.wheelNeedsPassword = false;

  environment.systemPackages = [ pkgs.hello pkgs.htop pkgs.vim ];

  fileSystems."/" = {
    device = lib.mkDefault "/dev/disk/by-label/root";
    fsType = lib.mkDefault "ext4";
  };
  boot.loader.grub.device = lib.mkDefault "/dev/sda";
  system.stateVersion = "24.05";
}
