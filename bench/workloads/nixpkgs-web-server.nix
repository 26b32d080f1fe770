# A NixOS machine that serves the web and can be logged into, on any release of nixpkgs since 20.09.
(import <nixpkgs/nixos> {
  system = "x86_64-linux";
  configuration = {
    boot.loader.grub.device = "/dev/sda";
    fileSystems."/" = { device = "/dev/sda1"; fsType = "ext4"; };
    networking.hostName = "web-01";
    services.openssh.enable = true;
    services.nginx.enable = true;
  };
}).config.system.build.toplevel.drvPath
