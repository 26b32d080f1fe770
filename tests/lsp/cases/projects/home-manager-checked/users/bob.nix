{ pkgs, ... }:
# all diagnostics
{
  home.packages = [ pkgs.hello ];
  home.stateVersion = "24.05";
  environment.systemPackages = [ ];
# ^^^^^^^^^^^^^^^^^^^^^^^^^^ diag E022
}
