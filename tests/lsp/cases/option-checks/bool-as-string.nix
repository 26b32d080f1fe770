# evalctl: ignore-file L017
{ ... }:
{
  # all diagnostics
  services.nginx.enable = "yes";
#                         ^^^^^ diag: M002 is of type boolean, and a string was given
}
