{ config, lib, pkgs, ... }:
{
  services.openssh.
#          ^^^^^^^^ complete: enable ports settings
}
