{ config, lib, pkgs, ... }:
{
  users.users.
#       ^^^^^^ complete!: <name>
}
