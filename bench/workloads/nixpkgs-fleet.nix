# As many similar web servers as asked for, `from` the number of the first one.
{ hosts ? 20, from ? 0 }:
let
  server = number: import <nixpkgs/nixos> {
    configuration = { lib, pkgs, ... }: {
      boot.loader.grub.device = "/dev/sda";
      fileSystems."/" = { device = "/dev/sda1"; fsType = "ext4"; };
      # For trees of nixpkgs without the list of Haskell packages.
      nixpkgs.overlays = [ (final: prev: { shellcheck-minimal = prev.hello // { compiler.bootstrapAvailable = false; }; }) ];
      system.stateVersion = "20.09";
      networking.hostName = "web-${toString number}";
      services.openssh.enable = true;
      services.nginx.enable = true;
      services.nginx.virtualHosts."web-${toString number}.example.org".root = "/srv/www";
      services.fail2ban.enable = number / 3 * 3 == number;
      environment.systemPackages = with pkgs; [ git htop jq ];
      users.users.deploy = { isNormalUser = true; openssh.authorizedKeys.keys = [ "ssh-ed25519 AAAA" ]; };
    };
  };
in
builtins.listToAttrs (builtins.genList (i: {
  name = "web-${toString (from + i)}";
  value = (server (from + i)).config.system.build.toplevel;
}) hosts)
