# The module system: declarations and definitions from many files become one configuration.
#
#   modules ─ import, call with { config, options, lib, … } ─► { imports, options, config }
#      ├─ declarations, by name ─► the tree of options
#      └─ definitions, by name  ─► for each option: take marks off, keep the strongest, check, merge, apply ─► config
#
# Everything is lazy: a module may read `config` as long as what it reads does not depend on itself. Names that a module
# defines are found without looking at the conditions of mkIf, which is why mkIf may read the configuration.
{ lib }:
let
  inherit (lib) showOption isOption concatMap mkIf mkOverride mkOptionDefault mkOption types;
  inherit (lib.priorities) defaultPriority defaultOrder;

  markOf = value: value._type or null;
  moduleKeys = [ "imports" "options" "config" "disabledModules" "freeformType" "_file" "_class" "key" ];

  ## From what a user writes to { key, file, imports, options, config, … }

  # `key` identifies a module, so that one that is imported twice counts once.
  normalise = callModule: parentFile: parentKey: index: module:
    let
      isFile = builtins.isPath module || builtins.isString module;
      anonymous = "${parentKey}:${toString index}";
    in
    if isFile then structure callModule (toString module) (toString module) (import module)
    else structure callModule parentFile anonymous module;

  structure = callModule: file: key: module:
    let
      set = if lib.isFunction module then callModule file module else module;
      isLong = set ? config || set ? options;
      unknown = builtins.attrNames (removeAttrs set moduleKeys);
      own = set._file or file;
    in
    if !builtins.isAttrs set then
      throw "The module `${file}' is a ${builtins.typeOf set}, where a set or a function to a set was expected"
    else if markOf set != null then
      { inherit key; file = own; imports = [ ]; disabledModules = [ ]; options = { }; config = set; }
    else if isLong && unknown != [ ] then
      throw ''
        The module `${own}' has the attribute `${builtins.head unknown}' beside `config' or `options'.
        Move `${builtins.head unknown}' into `config', or leave out `config' and `options' altogether.''
    else {
      key = set.key or key;
      file = own;
      imports = set.imports or [ ];
      disabledModules = set.disabledModules or [ ];
      options = set.options or { };
      config =
        let
          given = if isLong then set.config or { } else removeAttrs set moduleKeys;
        in
        if set ? freeformType then
          lib.mkMerge [ given { _module.freeformType = set.freeformType; } ]
        else given;
    };

  # All modules that are reachable through `imports`, without the disabled ones and what only those import.
  collect = callModule: modulesPath: modules:
    let
      load = normalise callModule;
      closure = isEnabled: builtins.genericClosure {
        startSet = builtins.filter isEnabled (lib.imap1 (load "<modules>" "root") modules);
        operator = module: builtins.filter isEnabled (lib.imap1 (load module.file module.key) module.imports);
      };
      everything = closure (_: true);
      disabledKey = module:
        if module ? key then module.key
        else if builtins.isString module && !lib.hasPrefix "/" module then "${modulesPath}/${module}"
        else toString module;
      disabled = map disabledKey (concatMap (module: module.disabledModules) everything);
    in
    if disabled == [ ] then everything else closure (module: !builtins.elem module.key disabled);

  ## Marks

  # The sets of which a definition consists, with the marks moved down to their attributes.
  pushDown = file: value:
    let
      below = mark: map (builtins.mapAttrs (_: mark)) (pushDown file value.content);
    in
    if markOf value == "merge" then concatMap (pushDown file) value.contents
    else if markOf value == "if" then below (mkIf value.condition)
    else if markOf value == "override" then below (mkOverride value.priority)
    else if builtins.isAttrs value then [ value ]
    else throw "The module `${file}' defines a ${builtins.typeOf value} where a set of options was expected";

  # The values of which a definition consists: [ { value, priority, order } ], without those whose mkIf does not hold.
  discharge = value:
    if markOf value == "merge" then concatMap discharge value.contents
    else if markOf value == "if" then if value.condition then discharge value.content else [ ]
    else if markOf value == "override" then
      map (found: found // { inherit (value) priority; }) (discharge value.content)
    else if markOf value == "order" then
      map (found: found // { inherit (value) order; }) (discharge value.content)
    else [ { inherit value; priority = defaultPriority; order = defaultOrder; } ];

  ## One option

  # Merges the definitions [ { file, value } ] of what stands at `loc`.
  mergeDefinitions = loc: type: definitions:
    let
      all = concatMap (
        definition: map (found: found // { inherit (definition) file; }) (discharge definition.value)
      ) definitions;
      highestPriority = builtins.foldl' (best: found: lib.min best found.priority) 9999 all;
      strongest = builtins.filter (found: found.priority == highestPriority) all;
      ordered = builtins.sort (a: b: a.order < b.order) strongest;
      values = map (found: { inherit (found) file value; }) ordered;
      wrong = builtins.filter (definition: !type.check definition.value) values;
      isDefined = all != [ ];
    in
    {
      inherit isDefined highestPriority values;
      value =
        if !isDefined then
          type.emptyValue.value or (throw "The option `${showOption loc}' was accessed but has no value defined. Try setting the option.")
        else if wrong != [ ] then
          throw "A definition for option `${showOption loc}' is not of type `${type.description}'. Definition values:${showDefinitions wrong}"
        else type.merge loc values;
    };

  # One declaration from several modules: only types that know how to merge may be declared more than once.
  mergeDeclarations = loc: declarations:
    let
      files = lib.concatMapStringsSep ", " (declaration: "`${declaration.file}'") declarations;
      add = result: declaration:
        let
          option = declaration.options;
          both = builtins.attrNames (builtins.intersectAttrs result option);
          clash = builtins.filter (name: !builtins.elem name [ "_type" "type" "description" ]) both;
          type = (result.type or types.unspecified).typeMerge (option.type or types.unspecified);
        in
        if clash != [ ] then
          throw "The option `${showOption loc}' is declared with two values of `${builtins.head clash}', in ${files}"
        else if type == null then
          throw "The option `${showOption loc}' is declared with types that do not merge, in ${files}"
        else result // option // { inherit type; };
      notOptions = builtins.filter (declaration: !isOption declaration.options) declarations;
      first = builtins.head declarations;
    in
    if notOptions != [ ] then
      throw "The option `${showOption loc}' has other options below it, in `${(builtins.head notOptions).file}'"
    else if builtins.length declarations == 1 then { type = types.unspecified; } // first.options
    else builtins.foldl' add first.options (builtins.tail declarations);

  evalOption = loc: declarations: definitions:
    let
      option = mergeDeclarations loc declarations;
      default = lib.optional (option ? default) {
        inherit (builtins.head declarations) file;
        value = mkOptionDefault option.default;
      };
      all = definitions ++ default;
      merged = mergeDefinitions loc option.type all;
      checked =
        if option.readOnly or false && builtins.length all > 1 then
          throw "The option `${showOption loc}' is read-only, but it is set more than once. Definition values:${showDefinitions all}"
        else merged.value;
    in
    option // {
      inherit loc;
      inherit (merged) isDefined highestPriority;
      value = builtins.addErrorContext "while evaluating the option `${showOption loc}':" (
        if option ? apply then option.apply checked else checked
      );
      declarations = map (declaration: declaration.file) declarations;
      definitions = map (definition: definition.value) merged.values;
      definitionsWithLocations = merged.values;
      files = map (definition: definition.file) merged.values;
    };

  ## The tree of options

  # Returns { options, unmatched }: the evaluated options, and the definitions that no option takes.
  evalTree = prefix: declarations: definitions:
    let
      byName = entries: lib.zipAttrsWith (_: lib.id) entries;
      declared = byName (
        map ({ file, options }: builtins.mapAttrs (_: options: { inherit file options; }) options) declarations
      );
      defined = byName (
        concatMap (
          { file, value }: map (builtins.mapAttrs (_: value: { inherit file value; })) (pushDown file value)
        ) definitions
      );
      evaluated = builtins.mapAttrs (
        name: entries:
        let
          loc = prefix ++ [ name ];
          given = defined.${name} or [ ];
        in
        if builtins.any (entry: isOption entry.options) entries then
          { options = evalOption loc entries given; unmatched = [ ]; }
        else evalTree loc entries given
      ) declared;
      undeclared = removeAttrs defined (builtins.attrNames declared);
      here = concatMap (
        name: map (definition: definition // { loc = prefix ++ [ name ]; siblings = builtins.attrNames declared; }) undeclared.${name}
      ) (builtins.attrNames undeclared);
    in
    {
      options = builtins.mapAttrs (_: entry: entry.options) evaluated;
      unmatched = here ++ concatMap (entry: entry.unmatched) (builtins.attrValues evaluated);
    };

  valuesOf = builtins.mapAttrs (_: entry: if isOption entry then entry.value else valuesOf entry);

  ## Messages

  showValue = value:
    if builtins.isString value || builtins.isInt value || builtins.isFloat value || builtins.isBool value || value == null then
      builtins.toJSON value
    else if builtins.isPath value then toString value
    else if lib.isDerivation value then "<derivation ${value.name or "?"}>"
    else if builtins.isList value then "<list of ${toString (builtins.length value)}>"
    else if markOf value == "override" || markOf value == "order" || markOf value == "if" then showValue value.content
    else if builtins.isAttrs value then "<set of ${lib.concatStringsSep ", " (builtins.attrNames value)}>"
    else "<${builtins.typeOf value}>";
  showDefinitions = lib.concatMapStrings ({ file, value, ... }: "\n- In `${file}': ${showValue value}");

  unknownOption = prefix: unmatched:
    let
      first = builtins.head unmatched;
      relative = lib.drop (builtins.length prefix) first.loc;
      close = builtins.filter (
        name: 3 * lib.strings.editDistance name (lib.last first.loc) <= builtins.stringLength name
      ) first.siblings;
      hint =
        if close != [ ] then "\nDid you mean `${showOption (lib.init first.loc ++ [ (builtins.head close) ])}'?"
        else if builtins.length relative == 1 && first.siblings == [ ] then "\nNo options are declared here; is an import missing?"
        else "";
      same = builtins.filter (definition: definition.loc == first.loc) unmatched;
    in
    "The option `${showOption first.loc}' does not exist. Definition values:${showDefinitions same}${hint}";

  ## The whole

  moduleOptions = {
    _file = "<the module system>";
    options._module = {
      args = mkOption {
        type = types.lazyAttrsOf types.raw;
        default = { };
        internal = true;
        description = "Further arguments of modules. To use one in `imports`, pass it in `specialArgs`.";
      };
      check = mkOption {
        type = types.bool;
        default = true;
        internal = true;
        description = "Whether a definition without an option is an error.";
      };
      freeformType = mkOption {
        type = types.nullOr types.raw;
        default = null;
        internal = true;
        description = "The type of definitions without an option, where they are allowed.";
      };
    };
  };

  # Evaluates modules.
  #   modules       files, sets or functions
  #   specialArgs   arguments of the modules that may also be used in `imports`
  #   prefix        where the options stand, for messages
  #   modulesPath   the folder that texts in `disabledModules` start from
  # Returns config, options, type, extendModules and _module.
  evalModules = arguments@{ modules, specialArgs ? { }, prefix ? [ ], modulesPath ? "", class ? null }:
    let
      callModule = file: f:
        let
          always = { inherit lib config options extendModules; } // specialArgs;
          find = name: _:
            always.${name} or declared._module.args.${name}
              or (throw "The module `${file}' has the argument `${name}', which neither `specialArgs' nor `_module.args' gives");
        in
        f (always // builtins.mapAttrs find (lib.functionArgs f));

      all = collect callModule modulesPath (modules ++ [ moduleOptions ]);
      tree = evalTree prefix
        (map (module: { inherit (module) file options; }) all)
        (map (module: { inherit (module) file; value = module.config; }) all);
      options = tree.options;
      declared = valuesOf options;

      freeform = declared._module.freeformType;
      free = (mergeDefinitions prefix freeform (
        map (
          { file, loc, value, ... }:
          { inherit file; value = lib.setAttrByPath (lib.drop (builtins.length prefix) loc) value; }
        ) tree.unmatched
      )).value;
      config =
        if freeform == null || tree.unmatched == [ ] then declared else lib.recursiveUpdate free declared;
      checked =
        if tree.unmatched != [ ] && freeform == null && declared._module.check then
          throw (unknownOption prefix tree.unmatched)
        else removeAttrs config [ "_module" ];

      # The same configuration with more modules.
      extendModules = { modules ? [ ], specialArgs ? { }, prefix ? arguments.prefix or [ ] }:
        evalModules (arguments // {
          inherit prefix;
          modules = arguments.modules ++ modules;
          specialArgs = arguments.specialArgs or { } // specialArgs;
        });
    in
    {
      config = checked;
      inherit options class;
      inherit (declared) _module;
      type = types.submoduleWith { inherit modules specialArgs; };
      inherit extendModules;
      _type = "configuration";
    };

  ## Options that move

  mkAliasOptionModule = from: to: { config, options, ... }: {
    options = lib.setAttrByPath from (mkOption {
      type = (lib.getAttrFromPath to options).type;
      apply = _: lib.getAttrFromPath to config;
      description = "Alias of `${showOption to}`.";
    });
    config =
      let
        source = lib.getAttrFromPath from options;
      in
      lib.setAttrByPath to (lib.mkMerge (map (mkOverride source.highestPriority) source.definitions));
  };

  mkRenamedOptionModule = from: to: arguments@{ config, options, ... }:
    let
      source = lib.getAttrFromPath from options;
      alias = mkAliasOptionModule from to arguments;
    in
    {
      inherit (alias) options;
      config = lib.mkMerge [
        alias.config
        {
          warnings = lib.optional source.isDefined
            "The option `${showOption from}' defined in ${lib.concatMapStringsSep ", " (file: "`${file}'") source.files} has been renamed to `${showOption to}'.";
        }
      ];
    };

  mkRemovedOptionModule = path: explanation: { options, ... }: {
    options = lib.setAttrByPath path (mkOption { visible = false; description = "Removed."; });
    config.assertions =
      let
        source = lib.getAttrFromPath path options;
      in
      lib.singleton {
        assertion = !source.isDefined;
        message = "The option `${showOption path}' can no longer be used since it has been removed. ${explanation}";
      };
  };
in
{
  inherit evalModules mergeDefinitions showDefinitions mkAliasOptionModule mkRenamedOptionModule mkRemovedOptionModule;
}
