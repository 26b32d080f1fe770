{ config, lib, pkgs, ... }:
{
  services.openssh = lib.mkIf true { por };
#                                    ^^^ complete: ports
}
