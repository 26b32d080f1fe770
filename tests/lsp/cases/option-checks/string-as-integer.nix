# evalctl: ignore-file L017
{ ... }:
{
  # all diagnostics
  services.nginx.user = 3;
#                       ^ diag: M002 is of type string, and an integer was given
}
