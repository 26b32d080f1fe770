# A web server: one virtual host, logins by key only.
{ pkgs, ... }:
{
  networking.hostName = "web-01";
  networking.firewall.allowedTCPPorts = [
    80
    443
  ];

  services.nginx = {
    enable = true;
    recommendedGzipSettings = true;
    virtualHosts."example.org" = {
      root = pkgs.writeTextDir "index.html" "<h1>web-01</h1>\n";
      locations."/status".extraConfig = "stub_status;";
    };
  };

  services.openssh = {
    enable = true;
    settings.PasswordAuthentication = false;
    settings.PermitRootLogin = "no";
  };

  users.users.alice = {
    isNormalUser = true;
    extraGroups = [ "wheel" ];
    openssh.authorizedKeys.keys = [
      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJmfvU1ZnRBRBXu0zVGSfbyy7bo7EGZfuoPfDOHz1vxK alice"
    ];
  };

  environment.systemPackages = [
    pkgs.git
    pkgs.htop
    pkgs.vim
  ];
}
