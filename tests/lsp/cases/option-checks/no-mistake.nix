# evalctl: ignore-file L017
{ ... }:
{
  # all diagnostics
  services.nginx.enable = true;
#                ^^^^^^ hover: *boolean*
}
