{ config, lib, pkgs, ... }:
{
  services.nginx = lib.mkForce { us };
#                                ^^ complete: user
}
