{ pkgs, ... }:
{
  # all diagnostics
  home.username = "a";
  home.packages = [ pkgs.curl ];
#                        ^^^^ hover: curl-7.88
  programs.git.enable = true;
}
