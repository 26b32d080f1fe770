# Conditions that must hold between options, and messages to whoever builds the configuration.
{ lib, ... }:
let
  inherit (lib) mkOption types;
in
{
  options = {
    assertions = mkOption {
      type = types.listOf (types.submodule {
        options.assertion = mkOption { type = types.bool; description = "What must hold."; };
        options.message = mkOption { type = types.str; description = "What to say where it does not."; };
      });
      default = [ ];
      internal = true;
      example = [ { assertion = false; message = "you can't enable this for that reason"; } ];
      description = "If one of these does not hold, the system cannot be built, and all messages are shown.";
    };
    warnings = mkOption {
      type = types.listOf types.str;
      default = [ ];
      internal = true;
      description = "Shown whenever the system is evaluated.";
    };
  };
}
