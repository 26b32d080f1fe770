{ lib, ... }:
{
  # all diagnostics
  services.nginx.enable = lib.mkIf true "a";
#                                       ^^^ diag: M002 a string was given
}
