# A folder about the closure of some store paths: `store-paths`, one per line, and `registration`, which tells for each
# path what it refers to.
{ runCommandLocal }:
{ rootPaths }:
runCommandLocal "closure-info" { exportReferencesGraph = [ "graph" (runCommandLocal "roots" { inherit rootPaths; } "echo $rootPaths > $out") ]; } ''
  mkdir "$out"
  cp graph "$out/registration"
  grep '^/' graph | sort -u > "$out/store-paths"
''
