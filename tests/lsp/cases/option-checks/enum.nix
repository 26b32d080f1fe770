# evalctl: ignore-file L017
{ ... }:
{
  # all diagnostics
  networking.nat.forwardPorts = [ { proto = "tpc"; sourcePort = 1; destination = "a"; } ];
#                                           ^^^^^ diag: M002 a string was given
}
