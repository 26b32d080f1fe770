{ config, lib, ... }:
{
  options.programs.git = {
    enable = lib.mkEnableOption "Git";
    userName = lib.mkOption { type = lib.types.nullOr lib.types.str; default = null; description = "The author's name."; };
  };
}
