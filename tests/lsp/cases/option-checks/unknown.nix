# evalctl: ignore-file L017
{ ... }:
{
  # all diagnostics
  services.ngnix.enable = true;
#          ^^^^^ diag: M001 services.ngnix
}
