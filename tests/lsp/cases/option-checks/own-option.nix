{ lib, ... }:
{
  # all diagnostics
  options.own.thing = lib.mkOption { type = lib.types.bool; };
  config.own.thing = true;
  config.services.nginx.enable = true;
#                       ^^^^^^ hover: *boolean*
}
