# evalctl: ignore-file L017
{ ... }:
{
  # all diagnostics
  services.opensh.enable = true;
#          ^^^^^^ diag: M001 opensh
}
