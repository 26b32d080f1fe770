{ ... }: # evalctl: ignore L017
{
  perSystem = { pkgs, ... }: {
    packages.greeting = pkgs.helo;
#                            ^^^^ diag E011
    packages.hello = pkgs.hello;
#                         ^^^^^ hover: **hello
  };
}
