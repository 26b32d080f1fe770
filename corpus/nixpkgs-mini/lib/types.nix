# Types of options: which values are allowed, and how several definitions become one value.
#
# A type is a set:
#   name, description  for messages and manuals
#   check              value -> bool; looks at the value only as far as it is there
#   merge              loc -> [ { file, value } ] -> value; gets at least one definition
#   emptyValue         { } or { value = …; }: what an option without definitions has
#   getSubOptions      loc -> options below, for manuals
#   typeMerge          other type -> the type of an option that two modules declare, or null
{ lib }:
let
  inherit (lib) showOption;
  inherit (lib.modules) mergeDefinitions showDefinitions;

  mkOptionType = given:
    let
      type = {
        _type = "option-type";
        description = given.name;
        check = _: true;
        merge = mergeEqual;
        emptyValue = { };
        getSubOptions = _: { };
        # Two declarations of an option agree where their types have one name, unless the type knows better.
        typeMerge = other: if other.name == given.name then type else null;
      } // given;
    in
    type;

  ## Ways to merge

  conflict = loc: definitions: throw ''
    The option `${showOption loc}' has conflicting definition values:${showDefinitions definitions}
    Use `lib.mkForce value' or `lib.mkDefault value' to change the priority on any of these definitions.'';

  mergeOne = loc: definitions:
    if builtins.length definitions == 1 then (builtins.head definitions).value else conflict loc definitions;
  mergeEqual = loc: definitions:
    let
      first = (builtins.head definitions).value;
    in
    if builtins.all (definition: definition.value == first) definitions then first else conflict loc definitions;
  mergeText = separator: _: definitions: lib.concatMapStringsSep separator (definition: definition.value) definitions;
  mergeAnything = loc: definitions:
    let
      values = map (definition: definition.value) definitions;
    in
    if builtins.length definitions == 1 then builtins.head values
    else if builtins.all builtins.isAttrs values && !builtins.any lib.isDerivation values then
      (types.lazyAttrsOf types.anything).merge loc definitions
    else if builtins.all builtins.isList values then builtins.concatLists values
    else mergeEqual loc definitions;

  simple = name: description: check: mkOptionType { inherit name description check; };
  between = name: low: high:
    simple name "integer between ${toString low} and ${toString high} (both inclusive)" (
      value: builtins.isInt value && value >= low && value <= high
    );
  separated = name: description: separator: mkOptionType {
    inherit name description;
    check = builtins.isString;
    merge = mergeText separator;
  };

  # One type out of the names of one attribute set, for attrsOf and lazyAttrsOf.
  attributes = name: what: lazy: element: mkOptionType {
    inherit name;
    description = "${what} of ${element.description}";
    check = builtins.isAttrs;
    emptyValue.value = { };
    merge = loc: definitions:
      let
        merged = lib.zipAttrsWith (key: mergeDefinitions (loc ++ [ key ]) element) (
          map ({ file, value }: builtins.mapAttrs (_: value: { inherit file value; }) value) definitions
        );
        defined = if lazy then merged else lib.filterAttrs (_: entry: entry.isDefined) merged;
      in
      builtins.mapAttrs (_: entry: entry.value) defined;
    getSubOptions = loc: element.getSubOptions (loc ++ [ "<name>" ]);
    typeMerge = other:
      let
        inner = element.typeMerge other.nested;
      in
      if other.name != name || inner == null then null else attributes name what lazy inner;
    nested = element;
  };

  types = {
    ## Anything at all

    # Values that are never merged nor looked into.
    raw = mkOptionType { name = "raw"; description = "raw value"; merge = mergeOne; };
    unspecified = mkOptionType { name = "unspecified"; description = "unspecified value"; merge = mergeAnything; };
    anything = mkOptionType { name = "anything"; merge = mergeAnything; };
    attrs = mkOptionType {
      name = "attrs";
      description = "attribute set";
      check = builtins.isAttrs;
      emptyValue.value = { };
      merge = _: builtins.foldl' (result: definition: result // definition.value) { };
    };

    ## Plain values

    bool = simple "bool" "boolean" builtins.isBool;
    int = simple "int" "signed integer" builtins.isInt;
    float = simple "float" "floating point number" builtins.isFloat;
    number = simple "number" "integer or floating point number" (value: builtins.isInt value || builtins.isFloat value);
    ints = {
      unsigned = simple "unsignedInt" "unsigned integer, meaning >=0" (value: builtins.isInt value && value >= 0);
      positive = simple "positiveInt" "positive integer, meaning >0" (value: builtins.isInt value && value > 0);
      between = between "intBetween";
      u8 = between "unsignedInt8" 0 255;
      u16 = between "unsignedInt16" 0 65535;
      u32 = between "unsignedInt32" 0 4294967295;
    };
    port = between "unsignedInt16" 0 65535;

    str = simple "str" "string" builtins.isString;
    nonEmptyStr = simple "nonEmptyStr" "non-empty string" (value: builtins.isString value && value != "");
    singleLineStr = simple "singleLineStr" "string without line breaks" (
      value: builtins.isString value && !lib.hasInfix "\n" value
    );
    strMatching = pattern: simple "strMatching ${pattern}" "string matching the pattern ${pattern}" (
      value: builtins.isString value && builtins.match pattern value != null
    );
    lines = separated "lines" "strings concatenated with \"\\n\"" "\n";
    commas = separated "commas" "strings concatenated with \",\"" ",";
    envVar = separated "envVar" "strings concatenated with \":\"" ":";
    separatedString = separator: separated "separatedString ${separator}" "strings concatenated with ${builtins.toJSON separator}" separator;

    path = simple "path" "absolute path" (
      value: builtins.isPath value || lib.isDerivation value || (builtins.isString value && lib.hasPrefix "/" value)
    );
    package = simple "package" "package" (
      value: lib.isDerivation value || (builtins.isString value && lib.hasPrefix builtins.storeDir value)
    );

    # One of some plain values. Two declarations allow the values of both.
    enum = values: mkOptionType {
      name = "enum";
      description =
        if builtins.length values == 1 then "value ${builtins.toJSON (builtins.head values)} (singular enum)"
        else "one of ${lib.concatMapStringsSep ", " builtins.toJSON values}";
      check = value: builtins.elem value values;
      typeMerge = other: if other.name == "enum" then types.enum (lib.unique (values ++ other.values)) else null;
      inherit values;
    };

    ## Types of types

    nullOr = element: mkOptionType {
      name = "nullOr";
      description = "null or ${element.description}";
      check = value: value == null || element.check value;
      emptyValue.value = null;
      merge = loc: definitions:
        let
          nulls = builtins.filter (definition: definition.value == null) definitions;
        in
        if nulls == [ ] then element.merge loc definitions
        else if builtins.length nulls == builtins.length definitions then null
        else conflict loc definitions;
      inherit (element) getSubOptions;
      typeMerge = other:
        let
          inner = element.typeMerge other.nested;
        in
        if other.name != "nullOr" || inner == null then null else types.nullOr inner;
      nested = element;
    };

    listOf = element: mkOptionType {
      name = "listOf";
      description = "list of ${element.description}";
      check = builtins.isList;
      emptyValue.value = [ ];
      merge = loc: definitions:
        let
          entry = definition: number: index: value:
            mergeDefinitions (loc ++ [ "[definition ${toString number}-entry ${toString index}]" ]) element [
              { inherit (definition) file; inherit value; }
            ];
          entries = builtins.concatLists (
            lib.imap1 (number: definition: lib.imap1 (entry definition number) definition.value) definitions
          );
        in
        map (found: found.value) (builtins.filter (found: found.isDefined) entries);
      getSubOptions = loc: element.getSubOptions (loc ++ [ "*" ]);
      typeMerge = other:
        let
          inner = element.typeMerge other.nested;
        in
        if other.name != "listOf" || inner == null then null else types.listOf inner;
      nested = element;
    };
    nonEmptyListOf = element: types.addCheck (types.listOf element) (list: list != [ ]) // {
      description = "non-empty list of ${element.description}";
      emptyValue = { };
    };

    # With lazyAttrsOf, names can be listed before any mkIf is decided; a name whose definitions all fall away stays.
    attrsOf = attributes "attrsOf" "attribute set" false;
    lazyAttrsOf = attributes "lazyAttrsOf" "lazy attribute set" true;

    either = first: second: mkOptionType {
      name = "either";
      description = "${first.description} or ${second.description}";
      check = value: first.check value || second.check value;
      merge = loc: definitions:
        if builtins.all (definition: first.check definition.value) definitions then first.merge loc definitions
        else if builtins.all (definition: second.check definition.value) definitions then second.merge loc definitions
        else mergeEqual loc definitions;
      typeMerge = _: null;
    };
    oneOf = alternatives: builtins.foldl' types.either (builtins.head alternatives) (builtins.tail alternatives);

    # Values of `from` are turned into values of `to` by `convert`.
    coercedTo = from: convert: to: to // {
      name = "coercedTo";
      description = "${to.description} or ${from.description} convertible to it";
      check = value: (from.check value && to.check (convert value)) || to.check value;
      merge = loc: definitions: to.merge loc (
        map (
          definition:
          if from.check definition.value then definition // { value = convert definition.value; } else definition
        ) definitions
      );
      typeMerge = _: null;
    };

    # Functions whose results merge.
    functionTo = result: mkOptionType {
      name = "functionTo";
      description = "function that evaluates to a(n) ${result.description}";
      check = lib.isFunction;
      merge = loc: definitions: argument:
        (mergeDefinitions (loc ++ [ "<function body>" ]) result (
          map ({ file, value }: { inherit file; value = value argument; }) definitions
        )).value;
      typeMerge = _: null;
    };

    uniq = element: element // { name = "uniq"; merge = mergeOne; };
    addCheck = element: check: element // { check = value: element.check value && check value; };

    ## Modules as values

    # Options below options. `name` is an argument of the modules: the attribute that holds the value.
    submodule = modules: types.submoduleWith { modules = lib.toList modules; shorthandOnlyDefinesConfig = true; };
    submoduleWith = { modules, specialArgs ? { }, shorthandOnlyDefinesConfig ? false, description ? null }:
      let
        asModule = { file, value }:
          if builtins.isAttrs value && shorthandOnlyDefinesConfig then { _file = file; config = value; }
          else if builtins.isAttrs value then { _file = file; } // value
          else { _file = file; imports = [ value ]; };
        evaluate = loc: definitions: lib.evalModules {
          inherit specialArgs;
          prefix = loc;
          modules = modules ++ [
            { _file = "<submodule>"; _module.args.name = lib.mkOptionDefault (if loc == [ ] then "<name>" else lib.last loc); }
          ] ++ map asModule definitions;
        };
      in
      mkOptionType {
        name = "submodule";
        description = if description == null then "submodule" else description;
        check = value: builtins.isAttrs value || lib.isFunction value || builtins.isPath value;
        emptyValue.value = { };
        merge = loc: definitions: (evaluate loc definitions).config;
        getSubOptions = loc: removeAttrs (evaluate loc [ ]).options [ "_module" ];
        typeMerge = other:
          if other.name != "submodule" then null
          else types.submoduleWith {
            modules = modules ++ other.modules;
            specialArgs = specialArgs // other.specialArgs;
            inherit shorthandOnlyDefinesConfig;
          };
        inherit modules specialArgs;
      };

    # A module that is kept for later, such as a variant of the whole configuration.
    deferredModule = mkOptionType {
      name = "deferredModule";
      description = "module";
      check = value: builtins.isAttrs value || lib.isFunction value || builtins.isPath value;
      merge = _: definitions: {
        imports = map ({ file, value }: if builtins.isPath value then value else { _file = file; imports = [ value ]; }) definitions;
      };
    };
  };
in
types // { inherit mkOptionType; }
