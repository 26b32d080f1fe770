# Time and language.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
in
{
  options = {
    time.timeZone = mkOption {
      type = types.nullOr types.nonEmptyStr;
      default = null;
      example = "Europe/Berlin";
      description = "The time zone, or null for UTC.";
    };
    i18n.defaultLocale = mkOption { type = types.str; default = "C.UTF-8"; description = "The language of the system."; };
    i18n.extraLocaleSettings = mkOption {
      type = types.attrsOf types.str;
      default = { };
      example = { LC_TIME = "de_DE.UTF-8"; };
      description = "Further variables of the language.";
    };
    console.keyMap = mkOption { type = types.str; default = "us"; example = "de"; description = "The layout of the keyboard."; };
  };

  config.environment.etc = {
    "locale.conf".text = lib.concatLines (
      lib.mapAttrsToList (name: value: "${name}=${value}") ({ LANG = config.i18n.defaultLocale; } // config.i18n.extraLocaleSettings)
    );
    "vconsole.conf".text = "KEYMAP=${config.console.keyMap}\n";
    timezone = lib.mkIf (config.time.timeZone != null) { text = "${config.time.timeZone}\n"; };
  };
}
