{
  inputs.nixpkgs.url = "nixpkgs";
  inputs.flake-parts.url = "flake-parts";
  outputs = inputs@{ flake-parts, ... }:
    flake-parts.lib.mkFlake { inherit inputs; } {
      systems = [ "x86_64-linux" "aarch64-linux" ];
      imports = [ ./parts/packages.nix ];
      flake.greeting = "hello";
    };
}
