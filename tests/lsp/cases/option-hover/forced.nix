{ config, lib, pkgs, ... }:
{
  services.nginx.user = lib.mkForce "www";
#                ^^^^ hover: Now: `"www"` (mkForce)
}
