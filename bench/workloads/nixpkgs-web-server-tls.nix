# The same with certificates, packages and a user, for releases since 22.11. ShellCheck is left out, since it would
# need the generated Haskell packages, which some trees lack.
(import <nixpkgs/nixos> {
  system = "x86_64-linux";
  configuration = { pkgs, ... }: {
    nixpkgs.overlays = [ (final: prev: { shellcheck-minimal = prev.hello // { compiler.bootstrapAvailable = false; }; }) ];
    boot.loader.grub.device = "/dev/sda";
    fileSystems."/" = { device = "/dev/sda1"; fsType = "ext4"; };
    networking.hostName = "web-01";
    services.openssh = { enable = true; settings.PasswordAuthentication = false; };
    services.nginx = {
      enable = true;
      virtualHosts."www.example.org" = { forceSSL = true; enableACME = true; root = "/srv/www"; };
    };
    security.acme = { acceptTerms = true; defaults.email = "webmaster@example.org"; };
    environment.systemPackages = [ pkgs.git pkgs.htop pkgs.jq ];
    users.users.deploy.isNormalUser = true;
    system.stateVersion = "24.05";
  };
}).config.system.build.toplevel.drvPath
