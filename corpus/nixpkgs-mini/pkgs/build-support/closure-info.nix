# A folder about the closure of some store paths: `store-paths`, one per line, and `registration`, which tells for each
# path what it refers to.
{ runCommandLocal }:
{ rootPaths }:
let
  roots = runCommandLocal "roots" { inherit rootPaths; } "echo $rootPaths > $out";
in
runCommandLocal "closure-info" { exportReferencesGraph = [ "graph" roots ]; } ''
  mkdir "$out"
  cp graph "$out/registration"
  grep '^/' graph | grep -v -- '-roots$' | sort -u > "$out/store-paths"
''
