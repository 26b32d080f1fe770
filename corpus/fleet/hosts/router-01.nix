# The router: addresses, names and the way out for the fleet's network.
{ config, lib, pkgs, inventory, ... }:
let
  outside = "wan0";
  inside = "lan0";
in
{
  networking = {
    hostName = "router-01";
    defaultGateway = null;
    nameservers = lib.mkForce [ "192.0.2.53" "198.51.100.53" ];
    interfaces.${outside}.useDHCP = true;
    interfaces.${inside}.ipv4.addresses = [ { address = inventory.router-01; prefixLength = 24; } ];
    nat = {
      enable = true;
      externalInterface = outside;
      internalInterfaces = [ inside ];
      forwardPorts = map (sourcePort: {
        inherit sourcePort;
        destination = "${inventory.web-01}:${toString sourcePort}";
      }) [ 80 443 ];
    };
    firewall = {
      trustedInterfaces = [ inside ];
      allowPing = false;
      extraInputRules = ''
        iifname ${outside} udp sport 67 udp dport 68 accept
      '';
    };
  };

  services.openssh.openFirewall = false;
  services.dnsmasq = {
    enable = true;
    settings = {
      interface = inside;
      bind-interfaces = true;
      domain = inventory.domain;
      server = config.networking.nameservers;
      dhcp-range = [ "10.20.0.100,10.20.0.200,12h" ];
      address = lib.mapAttrsToList (name: address: "/${name}.${inventory.domain}/${address}") (removeAttrs inventory [ "domain" ]);
    };
  };

  boot = {
    kernelModules = [ "nf_nat" "nf_conntrack" ];
    kernel.sysctl."net.ipv6.conf.all.disable_ipv6" = true;
    loader.systemd-boot.enable = true;
  };
}
