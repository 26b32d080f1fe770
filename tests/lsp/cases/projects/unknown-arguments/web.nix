{ config, lib, inputs, username, ... }:
{
  # all diagnostics
  imports = [ ./site.nix ];
  services.nginx.user = username; # evalctl: ignore L025
#                ^^^^ hover: services.nginx.user
  services.nginx.enable = lib.mkIf config.services.site.enable true;
  services.site.enable = inputs.other.enable;
  services.openssh.enabel = true;
#                  ^^^^^^ diag M001
}
