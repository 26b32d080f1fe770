{ config, lib, pkgs, ... }:
{
  services.nginx = let us in { };
#                      ^^ complete!: user
}
