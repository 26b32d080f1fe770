{ pkgs, ... }:
{
  # all diagnostics
  home.packages = [ pkgs.hello ];
#      ^^^^^^^^ hover: Packages of the user.
}
