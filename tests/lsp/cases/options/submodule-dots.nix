{ config, lib, pkgs, ... }:
{
  users.users.bob.ext
#                 ^^^ complete: extraGroups
}
