{ ... }: # evalctl: ignore L017
{
  perSystem = { pkgs, ... }: {
    dev = { };
#     ^ complete: devShells
    packages.greeting = pkgs.helo;
#                            ^^^^ diag E011
    packages.hello = pkgs.hello;
#   ^^^^^^^^ hover: Packages of the flake.
#                         ^^^^^ hover: **hello
  };
}
