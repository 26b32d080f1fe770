{ lib, ... }:
{
  # all diagnostics
  services.nginx.enable = lib.mkForce 1;
#                                     ^ diag: M002 an integer was given
}
