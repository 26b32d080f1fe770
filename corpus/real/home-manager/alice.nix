{ config, pkgs, ... }:
{
  home = {
    username = "alice";
    homeDirectory = "/home/alice";
    stateVersion = "24.05";
    packages = [ pkgs.ripgrep ];
    file.".config/greeting".text = "hello ${config.home.username}\n";
  };
  programs.git = {
    enable = true;
    ignores = [ "result" ];
  };
  programs.bash = {
    enable = true;
    shellAliases.ll = "ls -l";
  };
}
