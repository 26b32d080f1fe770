# evalctl: ignore-file L017
{ ... }:
{
  # all diagnostics
  networking.firewall.allowedTCPPorts = [ "80" ];
#                                         ^^^^ diag: M002 a string was given
}
