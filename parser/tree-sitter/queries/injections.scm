; Other languages inside strings.

((comment) @injection.content
 (#set! injection.language "comment"))

; /* language */ before the string. A comment is no child of what follows, so both are neighbours in a binding, a list or
; an application.
((comment) @_language . [(string (string_fragment) @injection.content) (indented_string (string_fragment) @injection.content)]
 (#any-of? @_language "/* bash */" "# bash" "/* sh */" "# sh" "/* shell */" "# shell")
 (#set! injection.language "bash")
 (#set! injection.combined))
((comment) @_language . [(string (string_fragment) @injection.content) (indented_string (string_fragment) @injection.content)]
 (#any-of? @_language "/* python */" "# python")
 (#set! injection.language "python")
 (#set! injection.combined))
((comment) @_language . [(string (string_fragment) @injection.content) (indented_string (string_fragment) @injection.content)]
 (#any-of? @_language "/* lua */" "# lua")
 (#set! injection.language "lua")
 (#set! injection.combined))
((comment) @_language . [(string (string_fragment) @injection.content) (indented_string (string_fragment) @injection.content)]
 (#any-of? @_language "/* json */" "# json")
 (#set! injection.language "json")
 (#set! injection.combined))
((comment) @_language . [(string (string_fragment) @injection.content) (indented_string (string_fragment) @injection.content)]
 (#any-of? @_language "/* yaml */" "# yaml")
 (#set! injection.language "yaml")
 (#set! injection.combined))
((comment) @_language . [(string (string_fragment) @injection.content) (indented_string (string_fragment) @injection.content)]
 (#any-of? @_language "/* toml */" "# toml")
 (#set! injection.language "toml")
 (#set! injection.combined))
((comment) @_language . [(string (string_fragment) @injection.content) (indented_string (string_fragment) @injection.content)]
 (#any-of? @_language "/* xml */" "# xml")
 (#set! injection.language "xml")
 (#set! injection.combined))
((comment) @_language . [(string (string_fragment) @injection.content) (indented_string (string_fragment) @injection.content)]
 (#any-of? @_language "/* html */" "# html")
 (#set! injection.language "html")
 (#set! injection.combined))
((comment) @_language . [(string (string_fragment) @injection.content) (indented_string (string_fragment) @injection.content)]
 (#any-of? @_language "/* css */" "# css")
 (#set! injection.language "css")
 (#set! injection.combined))
((comment) @_language . [(string (string_fragment) @injection.content) (indented_string (string_fragment) @injection.content)]
 (#any-of? @_language "/* javascript */" "# javascript" "/* js */" "# js")
 (#set! injection.language "javascript")
 (#set! injection.combined))
((comment) @_language . [(string (string_fragment) @injection.content) (indented_string (string_fragment) @injection.content)]
 (#any-of? @_language "/* sql */" "# sql")
 (#set! injection.language "sql")
 (#set! injection.combined))
((comment) @_language . [(string (string_fragment) @injection.content) (indented_string (string_fragment) @injection.content)]
 (#any-of? @_language "/* c */" "# c")
 (#set! injection.language "c")
 (#set! injection.combined))
((comment) @_language . [(string (string_fragment) @injection.content) (indented_string (string_fragment) @injection.content)]
 (#any-of? @_language "/* rust */" "# rust")
 (#set! injection.language "rust")
 (#set! injection.combined))
((comment) @_language . [(string (string_fragment) @injection.content) (indented_string (string_fragment) @injection.content)]
 (#any-of? @_language "/* vim */" "# vim")
 (#set! injection.language "vim")
 (#set! injection.combined))
((comment) @_language . [(string (string_fragment) @injection.content) (indented_string (string_fragment) @injection.content)]
 (#any-of? @_language "/* nix */" "# nix")
 (#set! injection.language "nix")
 (#set! injection.combined))
((comment) @_language . [(string (string_fragment) @injection.content) (indented_string (string_fragment) @injection.content)]
 (#any-of? @_language "/* perl */" "# perl")
 (#set! injection.language "perl")
 (#set! injection.combined))
((comment) @_language . [(string (string_fragment) @injection.content) (indented_string (string_fragment) @injection.content)]
 (#any-of? @_language "/* fish */" "# fish")
 (#set! injection.language "fish")
 (#set! injection.combined))
((comment) @_language . [(string (string_fragment) @injection.content) (indented_string (string_fragment) @injection.content)]
 (#any-of? @_language "/* ini */" "# ini")
 (#set! injection.language "ini")
 (#set! injection.combined))

; Scripts of derivations and of NixOS modules

((binding
  path: (attr_path name: (identifier) @_name .)
  value: (indented_string (string_fragment) @injection.content))
 (#any-of? @_name
  "buildCommand" "buildPhase" "checkPhase" "configurePhase" "distPhase" "fixupPhase" "installCheckPhase" "installPhase"
  "patchPhase" "unpackPhase" "preBuild" "postBuild" "preCheck" "postCheck" "preConfigure" "postConfigure" "preDist" "postDist"
  "preFixup" "postFixup" "preInstall" "postInstall" "preInstallCheck" "postInstallCheck" "prePatch" "postPatch" "preUnpack"
  "postUnpack" "shellHook" "installScript" "extraInstallCommands" "script" "preStart" "postStart" "preStop" "postStop" "reload"
  "interactiveShellInit" "loginShellInit" "shellInit" "bashrcExtra" "initExtra" "profileExtra" "activationScript")
 (#set! injection.language "bash")
 (#set! injection.combined))

((apply
  function: (apply function: [
    (identifier) @_function
    (select path: (attr_path name: (identifier) @_function .))
  ])
  argument: (indented_string (string_fragment) @injection.content))
 (#any-of? @_function "writeShellScript" "writeShellScriptBin" "runCommand" "writeBash" "writeBashBin")
 (#set! injection.language "bash")
 (#set! injection.combined))
((apply
  function: (apply function: (apply function: [
    (identifier) @_function
    (select path: (attr_path name: (identifier) @_function .))
  ]))
  argument: (indented_string (string_fragment) @injection.content))
 (#any-of? @_function "runCommand" "runCommandCC" "runCommandLocal")
 (#set! injection.language "bash")
 (#set! injection.combined))

; Patterns of regular expressions

((apply
  function: [
    (identifier) @_function
    (select path: (attr_path name: (identifier) @_function .))
  ]
  argument: (string (string_fragment) @injection.content))
 (#any-of? @_function "match" "split")
 (#set! injection.language "regex"))
