# A program that names itself and a library that it needs, built by the shell alone.
let
  make = name: text: derivation {
    inherit name;
    system = builtins.currentSystem;
    builder = "/bin/sh";
    args = [ "-c" text ];
    PATH = "/usr/bin:/bin";
  };
  library = make "library" "echo library > $out";
in
make "program" "mkdir $out; echo ${library} > $out/library; echo $out > $out/own"
