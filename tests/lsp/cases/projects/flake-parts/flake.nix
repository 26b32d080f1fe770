{
  inputs.nixpkgs.url = "nixpkgs";
  inputs.flake-parts.url = "flake-parts";
  outputs = inputs@{ flake-parts, ... }:
    flake-parts.lib.mkFlake { inherit inputs; } {
      systems = [ "x86_64-linux" "aarch64-linux" ];
      perSystem = { pkgs, ... }: {
#     ^^^^^^^^^ hover: What is made for each system.
        devShells.default = pkgs.hello;
#       ^^^^^^^^^ hover: Shells to work in.
#       ^^^^^^^^^ jump: fp/per-system.nix:5
      };
      imports = [ ./parts/packages.nix ];
      flake.greeting = "hello";
#     ^^^^^ hover: Outputs as they are.
    };
}
