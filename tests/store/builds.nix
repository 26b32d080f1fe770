# One derivation for each thing that a builder is told: what it builds into says whether it was told right.
let
  tools = "/usr/bin:/bin";
  make = name: script: more: derivation ({
    inherit name;
    system = builtins.currentSystem;
    builder = "/bin/sh";
    PATH = tools;
    args = [ "-c" script ];
  } // more);
in
rec {
  # The content is known before.
  fixed = make "fixed" "printf known > $out" {
    outputHashMode = "flat";
    outputHashAlgo = "sha256";
    outputHash = builtins.hashString "sha256" "known";
  };
  fixed-folder = make "fixed-folder" "mkdir $out; printf x > $out/file" {
    outputHashMode = "recursive";
    outputHash = "sha256-Qvu18vBMqioT/noZgD9NDhX7e+YCg24saD4phMQJT10=";
  };
  wrong-hash = make "wrong-hash" "printf other > $out" {
    outputHashMode = "flat";
    outputHash = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
  };

  outputs = make "outputs" "echo program > $out; echo header > $dev; echo $out $dev > $doc" { outputs = [ "out" "dev" "doc" ]; };
  uses-outputs = make "uses-outputs" "cat ${outputs} ${outputs.dev} ${outputs.doc} > $out" { };

  structured = make "structured" ". $NIX_ATTRS_SH_FILE; printf '%s|' \"\${list[@]}\" \"$text\" \"$number\" \"$flag\" > \${outputs[out]}; python3 -c '\nimport json, os\nwith open(os.environ[\"NIX_ATTRS_JSON_FILE\"]) as file: attrs = json.load(file)\nwith open(attrs[\"outputs\"][\"out\"], \"a\") as file: json.dump(attrs[\"nested\"], file, sort_keys=True)\n'" {
    __structuredAttrs = true;
    builder = "/bin/bash";
    list = [ "a b" "ü\"" ];
    text = "two\nlines";
    number = 7;
    flag = true;
    nested = { empty = { }; inner = [ 1 2.5 null { deep = fixed; } ]; };
  };

  references = make "references" "sed 1,2d graph | sort > $out; test -s graph" { exportReferencesGraph = [ "graph" uses-outputs ]; };
  deep-references = make "deep-references" "grep -c -- -outputs.drv graph > $out" { exportReferencesGraph = [ "graph" uses-outputs.drvPath ]; };

  as-file = make "as-file" "cat $bodyPath > $out; test -z \"$body\"" { passAsFile = [ "body" ]; body = "a body\n"; };
  environment = make "environment" "printf '%s\\n' \"$yes\" \"$no\" \"$nothing\" \"$words\" \"$number\" \"$quoted\" > $out" {
    yes = true;
    no = false;
    nothing = null;
    words = [ "a" [ ] [ "b" 3 ] ];
    number = 1.5;
    quoted = "tab\t\"quote\" back\\slash \${dollar} new\nline ü";
  };
  sources = make "sources" "cat ${./folder}/file ${builtins.path { path = ./folder; name = "part"; filter = path: type: type != "symlink"; }}/file > $out; ls ${./folder} >> $out" { };
  to-file = make "to-file" "cat ${builtins.toFile "text" "text that refers to ${builtins.toFile "other" "nothing"}"} > $out" { };
  placeholder = make "placeholder" "echo ${builtins.placeholder "out"} > $out" { };

  # What is built says what is built next.
  imported = import (make "imported.nix" "echo '{ name = \"from-import\"; words = [ \"built\" \"here\" ]; }' > $out" { });
  from-import = make imported.name "echo $words > $out" { inherit (imported) words; };
  from-text = make "from-text" "echo ${builtins.readFile (make "text" "printf word > $out" { })} > $out" { };
  from-folder = make "from-folder" "echo ${toString (builtins.attrNames (builtins.readDir (make "folder" "mkdir $out; touch $out/a $out/b" { })))} > $out" { };

  # Not in the closure of any other: removes what it disallows.
  checked = make "checked" "echo nothing > $out" { disallowedReferences = [ outputs ]; allowedReferences = [ ]; };
}
