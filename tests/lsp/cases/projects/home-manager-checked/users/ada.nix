{ ... }: # evalctl: ignore L017
{
  home.username = "ada";
  home.stateVersion = "24.05";
  programs.git.userName = "Ada";
#              ^^^^^^^^ hover: The author's name.
#          ^ complete: git
}
