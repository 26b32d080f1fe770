# What the fleet consists of: used by flake.nix and by default.nix.
{ lib }:
let
  host = modules: lib.nixosSystem {
    modules = [ ./modules/common.nix { nixpkgs.overlays = [ overlay ]; } ] ++ modules;
    specialArgs = { inherit inventory; };
  };

  # Addresses that hosts need to know of each other.
  inventory = {
    domain = "fleet.example";
    router-01 = "10.20.0.1";
    web-01 = "10.20.0.10";
    db-01 = "10.20.0.11";
  };

  overlay = final: prev: {
    greet = final.callPackage ./packages/greet.nix { };
    website = final.callPackage ./packages/website.nix { };
    # All machines get this version of hello.
    hello = prev.hello.override { greeting = "Hello, fleet!"; };
  };
in
rec {
  inherit overlay;

  nixosModules.app = { imports = [ ./modules/app.nix ]; };

  nixosConfigurations = {
    web-01 = host [ ./hosts/web-01.nix ];
    db-01 = host [ ./hosts/db-01.nix ];
    router-01 = host [ ./hosts/router-01.nix ];
  };

  packages = pkgs: rec {
    default = greet;
    inherit (pkgs) greet website hello;
    dockerImage = pkgs.callPackage ./packages/docker-image.nix { };
    dockerImageLayered = dockerImage.layered;
    dockerImageStream = dockerImage.stream;
  };

  devShells = pkgs: {
    default = pkgs.mkShell {
      packages = [ pkgs.greet pkgs.jq ];
      shellHook = "greet developer";
      FLEET_DOMAIN = inventory.domain;
    };
    # A shell with what a package needs to be built.
    website = pkgs.mkShell { inputsFrom = [ pkgs.website ]; };
  };

  checks = pkgs: {
    # The greeting is what it should be.
    greet = pkgs.runCommand "check-greet" { nativeBuildInputs = [ pkgs.greet ]; } ''
      test "$(greet Ada)" = "Hello, fleet! Ada"
      touch "$out"
    '';
    # No two hosts claim one address, and web-01 accepts no passwords.
    hosts =
      let
        addresses = lib.attrValues (removeAttrs inventory [ "domain" ]);
        web = nixosConfigurations.web-01.config;
      in
      assert lib.length (lib.unique addresses) == lib.length addresses;
      assert !web.services.openssh.settings.PasswordAuthentication;
      assert web.networking.firewall.allowedTCPPorts == [ 22 80 443 ];
      pkgs.writeText "check-hosts" "ok\n";
    website = pkgs.runCommand "check-website" { } ''
      grep -q "fleet.example" ${pkgs.website}/index.html
      touch "$out"
    '';
  };
}
