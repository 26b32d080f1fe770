# evalctl: ignore-file L017
{ ... }:
{
  # all diagnostics
  networking.domain = 3;
#                     ^ diag: M002 an integer was given
}
