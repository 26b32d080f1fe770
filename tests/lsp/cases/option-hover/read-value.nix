{ config, lib, pkgs, ... }:
{
  networking.domain = config.i18n.defaultLocale;
#                                 ^^^^^^^^^^^^^ hover: Now: `"C.UTF-8"`
}
