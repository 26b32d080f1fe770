# evalctl: ignore-file L017
{ ... }:
{
  # all diagnostics
  services.nginx.user = x: x;
#                       ^^^^ diag: M002 a function was given
}
