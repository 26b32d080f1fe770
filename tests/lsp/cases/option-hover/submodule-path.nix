{ config, lib, pkgs, ... }:
{
  users.users.bob.isNormalUser = true;
#                 ^^^^^^^^^^^^ hover: users.users.
}
