# The module system: options are declared with a type and a default, definitions merge, and modules may read the result.
let
  inherit (builtins) attrNames concatStringsSep filter foldl' hasAttr head isAttrs isFunction map
    mapAttrs typeOf;

  # Merges sets at every depth; of two other values the right one wins.
  merge = a: b:
    if isAttrs a && isAttrs b && !(a ? _option) && !(b ? _option)
    then a // mapAttrs (name: value: if a ? ${name} then merge a.${name} value else value) b
    else b;

  # Checks the definitions against the declarations and fills in defaults.
  apply = path: options: definitions:
    let
      unknown = filter (name: !hasAttr name options) (attrNames definitions);
      entry = name: declared:
        let
          here = path ++ [ name ];
          shown = concatStringsSep "." here;
        in
        if declared ? _option then
          if definitions ? ${name} then check shown declared definitions.${name}
          else declared.default or (throw "option ${shown} has no value")
        else apply here declared (definitions.${name} or { });
    in
    if unknown != [ ] then throw "option ${concatStringsSep "." (path ++ [ (head unknown) ])} does not exist"
    else mapAttrs entry options;

  check = shown: declared: value:
    if typeOf value == declared.type then value
    else throw "option ${shown} is a ${typeOf value}, not a ${declared.type}";
in
{
  option = attributes: attributes // { _option = true; };

  evaluate = modules:
    let
      loaded = map (module: if isFunction module then module { inherit config; } else module) modules;
      options = foldl' merge { } (map (module: module.options or { }) loaded);
      config = apply [ ] options (foldl' merge { } (map (module: module.config or { }) loaded));
    in
    config;

  concatMapAttrs = f: set: concatStringsSep "" (map (name: f name set.${name}) (attrNames set));
}
