# The web server.
{ config, lib, pkgs, inventory, ... }:
{
  imports = [ ../modules/app.nix ];

  networking.hostName = "web-01";
  networking.interfaces.eth0.ipv4.addresses = [ { address = inventory.web-01; prefixLength = 24; } ];
  networking.firewall.allowedTCPPorts = [ 80 443 ];

  services.nginx = {
    enable = true;
    recommendedGzipSettings = true;
    recommendedProxySettings = true;
    recommendedTlsSettings = true;
    virtualHosts."www.${inventory.domain}" = {
      default = true;
      serverAliases = [ inventory.domain ];
      enableACME = true;
      forceSSL = true;
      root = pkgs.website;
      locations."/".tryFiles = "$uri $uri/index.html =404";
      locations."/health" = { return = "200 ok"; extraConfig = "access_log off;"; };
    };
  };
  security.acme = {
    acceptTerms = true;
    defaults.email = "hostmaster@${inventory.domain}";
  };

  fleet.apps.guestbook = {
    command = "${lib.getExe pkgs.greet} guest";
    port = 8081;
    host = "www.${inventory.domain}";
    environment.DATABASE_URL = "postgresql://guestbook@${inventory.db-01}/guestbook";
  };

  users.users = {
    alice = {
      isNormalUser = true;
      description = "Alice";
      extraGroups = [ "wheel" "www" ];
      packages = [ pkgs.git pkgs.jq ];
      openssh.authorizedKeys.keys = [
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAliceAliceAliceAliceAliceAliceAliceAliceAl alice@laptop"
      ];
    };
    deploy = {
      isNormalUser = true;
      extraGroups = [ "www" ];
      openssh.authorizedKeys.keys = [
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDeployDeployDeployDeployDeployDeployDeplo deploy@ci"
      ];
    };
  };
  users.groups.www.members = [ config.services.nginx.user ];

  environment.systemPackages = [ pkgs.curl pkgs.git ];
}
