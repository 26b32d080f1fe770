{ config, lib, pkgs, ... }:
{
  services.openssh = { en };
#                      ^^ complete: enable
}
