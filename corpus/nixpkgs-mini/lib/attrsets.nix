# Functions on attribute sets.
{ lib }:
rec {
  inherit (builtins) attrNames attrValues mapAttrs listToAttrs removeAttrs;

  nameValuePair = name: value: { inherit name value; };

  # A path is a list of names.
  attrByPath = path: default: set:
    if path == [ ] then set
    else if set ? ${builtins.head path} then attrByPath (builtins.tail path) default set.${builtins.head path}
    else default;
  hasAttrByPath = path: set:
    path == [ ] || (set ? ${builtins.head path} && hasAttrByPath (builtins.tail path) set.${builtins.head path});
  getAttrFromPath = path:
    attrByPath path (throw "there is no attribute '${builtins.concatStringsSep "." path}'");
  setAttrByPath = path: value:
    if path == [ ] then value else { ${builtins.head path} = setAttrByPath (builtins.tail path) value; };

  getAttrs = names: set: genAttrs names (name: set.${name});
  genAttrs = names: f: listToAttrs (map (name: nameValuePair name (f name)) names);
  mapAttrs' = f: set: listToAttrs (map (name: f name set.${name}) (attrNames set));
  mapAttrsToList = f: set: map (name: f name set.${name}) (attrNames set);
  mapAttrsRecursive = f:
    let
      below = path: mapAttrs (
        name: value: if builtins.isAttrs value then below (path ++ [ name ]) value else f (path ++ [ name ]) value
      );
    in
    below [ ];
  filterAttrs = keep: set: removeAttrs set (builtins.filter (name: !keep name set.${name}) (attrNames set));
  foldlAttrs = f: start: set: builtins.foldl' (result: name: f result name set.${name}) start (attrNames set);
  concatMapAttrs = f: set: mergeAttrsList (mapAttrsToList f set);
  mergeAttrsList = builtins.foldl' (a: b: a // b) { };
  optionalAttrs = condition: set: if condition then set else { };
  attrsToList = mapAttrsToList nameValuePair;

  # All values for which `wanted` holds, at any depth; it does not look into those.
  collect = wanted: value:
    if wanted value then [ value ]
    else if builtins.isAttrs value then builtins.concatMap (collect wanted) (attrValues value)
    else [ ];

  # Merges at every depth; of two values that are not both sets the right one wins.
  recursiveUpdate = a: b:
    a // mapAttrs (
      name: value:
      if builtins.isAttrs value && builtins.isAttrs (a.${name} or null) then recursiveUpdate a.${name} value else value
    ) b;

  # zipAttrsWith (name: values: …) [ { a = 1; } { a = 2; b = 3; } ] calls its function with "a" [ 1 2 ] and "b" [ 3 ].
  zipAttrsWith = f: sets:
    genAttrs (builtins.concatMap attrNames sets) (
      name: f name (builtins.concatMap (set: if set ? ${name} then [ set.${name} ] else [ ]) sets)
    );

  isDerivation = value: value.type or null == "derivation";
  getBin = package: package.bin or package.out or package;
  getExe' = package: program: "${getBin package}/bin/${program}";
  getExe = package: getExe' package (package.meta.mainProgram or (lib.getName package));
  recurseIntoAttrs = set: set // { recurseForDerivations = true; };
}
