# Builders of small things: files, scripts, trees of links, shells.
pkgs:
let
  inherit (pkgs) lib stdenv;
in
rec {
  runtimeShell = "/bin/sh";
  emptyFile = writeText "empty-file" "";

  # runCommand "name" { variable = "value"; } "commands that make $out"
  runCommand = name: variables: buildCommand:
    stdenv.mkDerivation ({ inherit name buildCommand; passAsFile = [ "buildCommand" ]; } // variables);
  runCommandLocal = name: variables:
    runCommand name ({ preferLocalBuild = true; allowSubstitutes = false; } // variables);

  # Writes a file, or with `destination` one below the output.
  writeTextFile = { name, text, executable ? false, destination ? "", checkPhase ? "", meta ? { }, passthru ? { } }:
    runCommandLocal name
      {
        inherit text destination meta passthru;
        executable = if executable then "1" else "";
        passAsFile = [ "buildCommand" "text" ];
      }
      ''
        target=$out$destination
        mkdir -p "$(dirname "$target")"
        cp "$textPath" "$target"
        if [ -n "$executable" ]; then chmod 755 "$target"; else chmod 644 "$target"; fi
        ${checkPhase}
      '';
  writeText = name: text: writeTextFile { inherit name text; };
  writeTextDir = path: text: writeTextFile { inherit text; name = baseNameOf path; destination = "/${path}"; };
  writeScript = name: text: writeTextFile { inherit name text; executable = true; };
  writeScriptBin = name: text: writeTextFile { inherit name text; executable = true; destination = "/bin/${name}"; };

  # Scripts for sh, whose syntax is checked when they are built.
  shellFile = destination: name: text: writeTextFile {
    inherit name destination;
    executable = true;
    text = "#!${runtimeShell}\n${text}";
    checkPhase = "${runtimeShell} -n \"$target\"";
    meta.mainProgram = name;
  };
  writeShellScript = shellFile "";
  writeShellScriptBin = name: shellFile "/bin/${name}" name;
  writeShellApplication = { name, text, runtimeInputs ? [ ] }: writeShellScriptBin name ''
    set -eu
    ${lib.optionalString (runtimeInputs != [ ]) ''PATH=${lib.makeBinPath runtimeInputs}:$PATH''}
    ${text}
  '';
  writeJSON = name: value: writeText name (builtins.toJSON value);

  # Merges trees by links. With buildEnv, two different files of one name are an error, unless one has priority;
  # with symlinkJoin the first one wins.
  buildEnv = { name, paths, pathsToLink ? [ "/" ], ignoreCollisions ? false, postBuild ? "", meta ? { }, passthru ? { } }:
    runCommandLocal name
      {
        inherit meta passthru;
        specification = builtins.toJSON {
          inherit pathsToLink ignoreCollisions;
          paths = map (path: { path = "${path}"; priority = path.meta.priority or 5; }) paths;
        };
        passAsFile = [ "buildCommand" "specification" ];
      }
      ''
        python3 ${./link-trees.py} "$specificationPath" "$out"
        ${postBuild}
      '';
  symlinkJoin = arguments: buildEnv ({ ignoreCollisions = true; } // arguments);

  # linkFarm "name" { "etc/hosts" = hosts; "share/doc" = doc; }
  linkFarm = name: entries: runCommandLocal name { } ''
    mkdir -p "$out"
    ${lib.concatMapAttrsStringSep "\n" (
      path: target: ''
        mkdir -p "$out/$(dirname ${lib.escapeShellArg path})"
        ln -s ${lib.escapeShellArg "${target}"} "$out"/${lib.escapeShellArg path}''
    ) entries}
  '';
  concatText = name: files: runCommandLocal name { inherit files; } "cat $files > $out";

  # A shell with packages in it: `nix develop` and `nix-shell` take its environment.
  mkShell = { name ? "nix-shell", packages ? [ ], inputsFrom ? [ ], shellHook ? "", ... }@arguments:
    let
      inputs = kind: lib.concatMap (package: package.${kind} or [ ]) inputsFrom;
      rest = removeAttrs arguments [ "packages" "inputsFrom" "name" ];
    in
    stdenv.mkDerivation (rest // {
      inherit name shellHook;
      nativeBuildInputs = packages ++ arguments.nativeBuildInputs or [ ] ++ inputs "nativeBuildInputs";
      buildInputs = arguments.buildInputs or [ ] ++ inputs "buildInputs";
      preferLocalBuild = true;
      buildCommand = ''
        {
          echo "# The environment of a development shell."
          export -p
        } > "$out"
      '';
    });
  mkShellNoCC = mkShell;

  # A package for a program of the machine itself. The package set has no compiler; what a host needs beyond scripts
  # is installed there by other means, and the package only says where.
  hostProgram =
    { name, version, pname ? name, path ? "/usr/bin/${name}", programs ? [ path ], license ? null }:
    stdenv.mkDerivation {
      inherit pname version programs;
      buildCommand = ''
        mkdir -p "$out/bin"
        for program in $programs; do ln -s "$program" "$out/bin/$(basename "$program")"; done
      '';
      preferLocalBuild = true;
      meta = {
        description = "The program ${name} of the machine";
        mainProgram = name;
      } // lib.optionalAttrs (license != null) { inherit license; };
    };
}
