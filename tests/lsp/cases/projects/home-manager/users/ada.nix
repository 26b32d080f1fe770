{ fullName, ... }:
{
  imports = [ ./shell.nix ];
  home.username = "ada";
  home.stateVersion = "24.04";
#                     ^^^^^^^ diag M002
  programs.git.userName = fullName;
#              ^^^^^^^^ hover: The author's name.
  programs.git.enabel = true;
#              ^^^^^^ diag M001
}
