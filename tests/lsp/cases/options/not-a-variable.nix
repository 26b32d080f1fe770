{ config, lib, pkgs, ... }:
{
  services.nginx.user = us;
#                       ^^ complete!: user
}
