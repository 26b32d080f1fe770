# The library: functions that need no package set. Every file below takes `lib` itself, so that files can use each other.
let
  fix = f: let self = f self; in self;
in
fix (
  lib:
  let
    load = path: import path { inherit lib; };
  in
  {
    trivial = load ./trivial.nix;
    lists = load ./lists.nix;
    attrsets = load ./attrsets.nix;
    strings = load ./strings.nix;
    customisation = load ./customisation.nix;
    priorities = load ./priorities.nix;
    options = load ./options.nix;
    types = load ./types.nix;
    modules = load ./modules.nix;
    systems = load ./systems.nix;
    licenses = load ./licenses.nix;
    platforms = { linux = [ "x86_64-linux" "aarch64-linux" ]; };
    version = "1.0";

    inherit (lib.trivial) id const flip pipe fix extends composeExtensions composeManyExtensions
      warn warnIf throwIf throwIfNot boolToString min max isList isAttrs isString isInt isBool isPath isFunction functionArgs setFunctionArgs importJSON;
    inherit (lib.lists) singleton toList head tail last init length elem elemAt filter any all map concatMap
      concatLists flatten fold foldr foldl foldl' imap0 imap1 range reverseList sort unique optional optionals
      partition groupBy findFirst zipListsWith take drop remove subtractLists intersectLists count genList;
    inherit (lib.attrsets) attrNames attrValues attrByPath hasAttrByPath getAttrFromPath setAttrByPath
      getAttrs removeAttrs mapAttrs mapAttrs' mapAttrsToList mapAttrsRecursive filterAttrs genAttrs listToAttrs
      nameValuePair foldlAttrs concatMapAttrs optionalAttrs recursiveUpdate zipAttrsWith isDerivation
      getBin getExe getExe' recurseIntoAttrs mergeAttrsList attrsToList collect;
    inherit (lib.strings) concatStrings concatStringsSep concatMapStrings concatMapStringsSep concatLines
      concatMapAttrsStringSep optionalString hasPrefix hasSuffix hasInfix removePrefix removeSuffix splitString
      stringLength substring replaceStrings toUpper toLower escapeShellArg escapeShellArgs escape fixedWidthString
      toInt stringToCharacters makeBinPath makeSearchPath indent getName getVersion versionAtLeast versionOlder
      escapeXML trim;
    inherit (lib.customisation) makeOverridable callPackageWith callPackagesWith makeScope;
    inherit (lib.priorities) mkIf mkMerge mkOverride mkForce mkDefault mkOptionDefault mkImageMediaOverride
      mkVMOverride mkOrder mkBefore mkAfter;
    inherit (lib.options) mkOption mkEnableOption mkPackageOption literalExpression showOption isOption
      optionAttrSetToDocList;
    inherit (lib.modules) evalModules mkAliasOptionModule mkRenamedOptionModule mkRemovedOptionModule;
  }
)
