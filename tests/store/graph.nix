# A small graph: a folder, a text and a library go into a program; the library is also imported during evaluation.
let
  make = name: script: derivation { inherit name; system = builtins.currentSystem; builder = "/bin/sh"; args = [ "-c" script ]; };
in
rec {
  library = make "library" "echo '\"the library\"' > $out";
  text = builtins.toFile "words" "some words";
  program = make "program" "read x < ${library}; read y < ${text}; echo \"$x $y ${./folder}\" > $out";
  imported = import library;
  from-import = make "from-import" "echo ${imported} > $out";
  from-file = import program.drvPath;
  references = builtins.getContext (builtins.readFile program);
  broken = import (make "broken" "echo the reason >&2; exit 3");
  # Needs what nothing else does.
  exported = make "exported" "echo ${builtins.toFile "first" "see ${builtins.toFile "second" "the end"}"} ${./graph.nix} > $out";
  newer = make "program" "read x < ${library}; read y < ${builtins.toFile "words" "other words"}; echo \"$x $y ${./folder} new\" > $out";
  many = builtins.genList (i: make "number-${toString i}" "echo ${library} > $out") 300;
}
