# The paths of NixOS machines of several kinds, for nixpkgs 20.09.
{ nixpkgs }:
let
  path = system: kind: (import (nixpkgs + "/nixos") {
    inherit system;
    configuration.imports = [
      kind
      { boot.loader.grub.device = "/dev/sda"; fileSystems."/" = { device = "/dev/sda1"; fsType = "ext4"; }; }
    ];
  }).config.system.build.toplevel.drvPath;
  intel = path "x86_64-linux";
  web = { services.nginx.enable = true; services.openssh.enable = true; };
in
{
  web = intel web;
  arm = path "aarch64-linux" web;
  desktop = intel {
    services.xserver.enable = true;
    services.xserver.desktopManager.plasma5.enable = true;
    services.printing.enable = true;
    hardware.pulseaudio.enable = true;
    networking.networkmanager.enable = true;
    users.users.alice = { isNormalUser = true; extraGroups = [ "wheel" ]; };
  };
  database = intel ({ pkgs, ... }: {
    services.postgresql = { enable = true; enableTCPIP = true; };
    services.mysql = { enable = true; package = pkgs.mariadb; };
    services.redis.enable = true;
  });
  router = intel {
    networking.nat = { enable = true; externalInterface = "eth0"; internalInterfaces = [ "eth1" ]; };
    services.dhcpd4 = { enable = true; interfaces = [ "eth1" ]; };
    services.unbound.enable = true;
    networking.wireguard.interfaces.wg0 = {
      ips = [ "10.0.0.1/24" ];
      privateKeyFile = "/var/key";
      peers = [ { publicKey = "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg="; allowedIPs = [ "10.0.0.2/32" ]; } ];
    };
  };
  container = intel { boot.isContainer = true; services.httpd.enable = true; services.httpd.adminAddr = "admin@example.org"; };
  mail = intel {
    services.postfix.enable = true;
    services.dovecot2.enable = true;
    services.rspamd.enable = true;
    security.acme = { acceptTerms = true; email = "admin@example.org"; };
    services.nginx = { enable = true; virtualHosts."mail.example.org" = { enableACME = true; forceSSL = true; root = "/var/www"; }; };
  };
  monitoring = intel { services.prometheus = { enable = true; exporters.node.enable = true; }; services.grafana.enable = true; };
}
