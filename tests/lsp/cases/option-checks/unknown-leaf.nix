# evalctl: ignore-file L017
{ ... }:
{
  # all diagnostics
  services.nginx.enabled = true;
#                ^^^^^^^ diag: M001 services.nginx.enabled
}
