{ config, lib, pkgs, ... }:
{
  users.users.bob = { isN };
#                     ^^^ complete: isNormalUser
}
