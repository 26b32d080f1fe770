# How packages are called, and changed afterwards.
{ lib }:
rec {
  # Calls f, and adds `override` to a result that is a set: the same call with other arguments.
  #
  #   hello.override { greeting = "Hi"; }
  #   hello.override (previous: { greeting = previous.greeting + "!"; })
  #
  # `overrideAttrs`, which mkDerivation gives, keeps its place beside it.
  makeOverridable = f: arguments:
    let
      result = f arguments;
      changed = change: arguments // (if lib.isFunction change then change arguments else change);
      overridable = {
        override = change: makeOverridable f (changed change);
        overrideDerivation = throw "overrideDerivation is gone: use overrideAttrs";
      };
    in
    if builtins.isAttrs result then
      result
      // overridable
      // lib.optionalAttrs (result ? overrideAttrs) {
        overrideAttrs = change: makeOverridable (given: (f given).overrideAttrs change) arguments;
      }
    else if lib.isFunction result then
      lib.setFunctionArgs result (lib.functionArgs result) // overridable
    else
      result;

  # Calls the function (or the file that holds it) with what it asks for: from `extra`, else from `scope`.
  callPackageWith = scope: functionOrPath: extra:
    let
      f = if lib.isFunction functionOrPath then functionOrPath else import functionOrPath;
      asked = lib.functionArgs f;
      found = builtins.intersectAttrs asked scope // extra;
      missing = builtins.filter (name: !asked.${name} && !(found ? ${name})) (builtins.attrNames asked);
      place = if lib.isFunction functionOrPath then "a function" else toString functionOrPath;
    in
    if missing == [ ] then makeOverridable f found
    else throw "callPackage: ${place} needs '${builtins.head missing}', which the package set does not have";

  # The same for a function that gives a set of packages.
  callPackagesWith = scope: functionOrPath: extra:
    let
      result = callPackageWith scope functionOrPath extra;
    in
    removeAttrs result [ "override" "overrideDerivation" ];

  # A set whose members see each other through its own callPackage, and which can be extended by overlays.
  makeScope = newScope: f:
    let
      self = f self // {
        newScope = extra: newScope (self // extra);
        callPackage = self.newScope { };
        overrideScope = overlay: makeScope newScope (lib.extends overlay f);
      };
    in
    self;
}
