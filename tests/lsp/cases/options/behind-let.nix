{ config, lib, pkgs, ... }:
{
  services.nginx = let a = 1; in { us };
#                                  ^^ complete: user
}
