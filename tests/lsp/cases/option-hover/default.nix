{ config, lib, pkgs, ... }:
{
  services.nginx.user = "www";
#                ^^^^ hover: Default: `"nginx"`
#                ^^^^ hover: The account it runs as.
}
