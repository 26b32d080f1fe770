# evalctl: ignore-file L017
{ ... }:
{
  # all diagnostics
  services.nginx.virtualHosts.a.forceSSL = "no";
#                                          ^^^^ diag: M002 is of type boolean
}
