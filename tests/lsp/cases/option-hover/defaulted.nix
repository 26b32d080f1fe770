{ config, lib, pkgs, ... }:
{
  services.nginx.user = lib.mkDefault "www";
#                ^^^^ hover: (mkDefault)
}
