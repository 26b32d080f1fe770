# Functions on functions, fixed points and messages.
{ lib }:
rec {
  inherit (builtins) isList isAttrs isString isInt isBool isPath;

  id = value: value;
  const = value: _: value;
  flip = f: a: b: f b a;

  # pipe 2 [ (x: x + 1) toString ] is "3".
  pipe = builtins.foldl' (value: f: f value);

  # The least fixed point of f; laziness makes it terminate.
  fix = f: let self = f self; in self;

  # Applies an overlay to a function that is about to be given to `fix`:
  # `final` is the result with all overlays, `previous` what lies below this one.
  extends = overlay: f: final: let previous = f final; in previous // overlay final previous;

  composeExtensions = first: second: final: previous:
    let
      below = first final previous;
    in
    below // second final (previous // below);

  composeManyExtensions = builtins.foldl' composeExtensions (_: _: { });

  warn = message: value: builtins.trace "warning: ${message}" value;
  warnIf = condition: message: if condition then warn message else id;
  throwIf = condition: message: if condition then throw message else id;
  throwIfNot = condition: throwIf (!condition);

  boolToString = value: if value then "true" else "false";
  min = a: b: if a < b then a else b;
  max = a: b: if a > b then a else b;

  # A function, or a set that behaves as one. `setFunctionArgs` makes such a set, which announces its arguments.
  isFunction = value: builtins.isFunction value || (value ? __functor && isFunction (value.__functor value));
  functionArgs = f:
    if f ? __functor then f.__functionArgs or (functionArgs (f.__functor f)) else builtins.functionArgs f;
  setFunctionArgs = f: arguments: { __functor = _: f; __functionArgs = arguments; };

  importJSON = path: builtins.fromJSON (builtins.readFile path);
}
