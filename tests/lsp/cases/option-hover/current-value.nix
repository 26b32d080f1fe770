{ config, lib, pkgs, ... }:
{
  services.nginx.user = "www";
#                ^^^^ hover: Now: `"www"`
}
