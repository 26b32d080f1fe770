{ config, lib, pkgs, ... }:
{
  networking.fqdn = "a";
#            ^^^^ hover: hostName.domain
#            ^^^^ hover: read-only
}
