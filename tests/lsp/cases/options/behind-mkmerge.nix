{ config, lib, pkgs, ... }:
{
  services.openssh = lib.mkMerge [ { por } ];
#                                    ^^^ complete: ports
}
