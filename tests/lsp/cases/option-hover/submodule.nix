{ config, lib, pkgs, ... }:
{
  users.users.bob.isNormalUser = true;
#                 ^^^^^^^^^^^^ hover: *boolean*
}
