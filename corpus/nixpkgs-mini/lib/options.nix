# Declarations of options.
{ lib }:
rec {
  # Declares an option. Attributes, all of them optional:
  #   type         of lib.types; `unspecified` without one
  #   default      the value where no module defines the option
  #   defaultText  how a manual shows the default
  #   example, description
  #   apply        changes the merged value before others read it
  #   readOnly     no second definition is allowed
  #   internal, visible
  mkOption = attributes: attributes // { _type = "option"; };
  isOption = value: value._type or null == "option";

  mkEnableOption = what: mkOption {
    type = lib.types.bool;
    default = false;
    example = true;
    description = "Whether to enable ${what}.";
  };

  # An option whose default is a member of `pkgs`:  package = mkPackageOption pkgs "nginx" { };
  mkPackageOption = pkgs: name: { default ? name, nullable ? false, example ? null, extraDescription ? "" }:
    let
      path = lib.toList default;
    in
    mkOption {
      type = if nullable then lib.types.nullOr lib.types.package else lib.types.package;
      default =
        if default == null then null
        else lib.attrByPath path (throw "mkPackageOption: there is no package '${showOption path}'") pkgs;
      defaultText = literalExpression "pkgs.${showOption path}";
      description = "The ${name} package to use. ${extraDescription}";
    } // lib.optionalAttrs (example != null) { inherit example; };

  literalExpression = text: { _type = "literalExpression"; inherit text; };

  # The name of an option as a user writes it: [ "users" "a b" ] is users."a b".
  showOption = path: lib.concatMapStringsSep "." showName path;
  showName = name: if builtins.match "[a-zA-Z_][a-zA-Z0-9_'-]*|<[a-z]+>|\\*" name != null then name else builtins.toJSON name;

  # A list of all options below `options`, as data for a manual.
  optionAttrSetToDocList = options:
    let
      entry = option: {
        name = showOption option.loc;
        inherit (option) loc declarations;
        type = option.type.description;
        description = option.description or null;
        readOnly = option.readOnly or false;
        internal = option.internal or false;
      };
      below = option: lib.collect isOption (option.type.getSubOptions option.loc);
      all = option: [ (entry option) ] ++ lib.concatMap all (below option);
    in
    lib.concatMap all (lib.collect isOption (removeAttrs options [ "_module" ]));
}
