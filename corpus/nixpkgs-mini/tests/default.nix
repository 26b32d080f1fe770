# Checks of the package set itself: each builds if what it is about holds.
{ pkgs }:
let
  inherit (pkgs) lib runCommand;
  holds = name: condition: assert condition; pkgs.writeText "check-${name}" "ok\n";
  evaluate = modules: (lib.evalModules { inherit modules; }).config;
  option = type: lib.mkOption { inherit type; };
in
{
  hello = runCommand "check-hello" { nativeBuildInputs = [ pkgs.hello ]; } ''
    test "$(hello)" = "Hello, world!"
    touch "$out"
  '';
  override = holds "override" (
    (pkgs.hello.override { greeting = "Hi"; }).drvPath != pkgs.hello.drvPath
    && (pkgs.hello.overrideAttrs { version = "3"; }).name == "hello-3"
  );
  overlay = holds "overlay" (
    (pkgs.extend (_: previous: { hello = previous.hello.overrideAttrs { pname = "bye"; }; })).hello.pname == "bye"
  );
  priorities = holds "priorities" (
    (evaluate [
      { options.a = option lib.types.int; }
      { a = lib.mkDefault 1; }
      { a = 2; }
      { a = lib.mkForce 3; }
      { a = lib.mkIf false (lib.mkForce 4); }
    ]).a == 3
  );
  order = holds "order" (
    (evaluate [
      { options.a = option (lib.types.listOf lib.types.str); }
      { a = lib.mkAfter [ "last" ]; }
      { a = [ "middle" ]; }
      { a = lib.mkBefore [ "first" ]; }
    ]).a == [ "first" "middle" "last" ]
  );
  freeform = holds "freeform" (
    evaluate [ { freeformType = lib.types.attrsOf lib.types.int; options.a = option lib.types.str; } { a = "x"; b = 2; } ]
    == { a = "x"; b = 2; }
  );
}
