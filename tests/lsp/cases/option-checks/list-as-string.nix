# evalctl: ignore-file L017
{ ... }:
{
  # all diagnostics
  networking.nameservers = "10.0.0.1";
#                          ^^^^^^^^^^ diag: M002 a string was given
}
