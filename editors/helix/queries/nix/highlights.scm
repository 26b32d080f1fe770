; Colours, by the names of captures that Helix has.

(comment) @comment

; Literals

[(string_fragment) "\"" "''"] @string
(escape_sequence) @constant.character.escape
(path_fragment) @string.special.path
(search_path) @string.special.path
(uri) @string.special.url
(integer) @constant.numeric.integer
(float) @constant.numeric.float

(interpolation ["${" "}"] @punctuation.special)

; Names of attributes and arguments

(attr_path name: (identifier) @variable.other.member)
(attr_path name: (string (string_fragment) @variable.other.member))
(inherit name: (identifier) @variable.other.member)

(formal name: (identifier) @variable.parameter)
(pattern_bind name: (identifier) @variable.parameter)
(lambda parameter: (identifier) @variable.parameter)

; Functions

(binding
  path: (attr_path name: (identifier) @function .)
  value: (lambda))
(apply function: (identifier) @function)
(apply function: (select path: (attr_path name: (identifier) @function .)))

; What every file can name without a definition

([
  (_ function: (identifier) @function.builtin)
  (_ argument: (identifier) @function.builtin)
  (_ element: (identifier) @function.builtin)
  (_ value: (identifier) @function.builtin)
  (_ body: (identifier) @function.builtin)
  (_ expression: (identifier) @function.builtin)
  (_ left: (identifier) @function.builtin)
  (_ right: (identifier) @function.builtin)
]
 (#any-of? @function.builtin
  "abort" "baseNameOf" "break" "derivation" "derivationStrict" "dirOf" "fetchGit" "fetchMercurial" "fetchTarball"
  "fetchTree" "fromTOML" "import" "isNull" "map" "placeholder" "removeAttrs" "scopedImport" "throw" "toString"))

([
  (_ function: (identifier) @constant.builtin)
  (_ argument: (identifier) @constant.builtin)
  (_ element: (identifier) @constant.builtin)
  (_ value: (identifier) @constant.builtin)
  (_ body: (identifier) @constant.builtin)
  (_ expression: (identifier) @constant.builtin)
  (_ left: (identifier) @constant.builtin)
  (_ right: (identifier) @constant.builtin)
  (_ operand: (identifier) @constant.builtin)
  (_ condition: (identifier) @constant.builtin)
  (_ consequence: (identifier) @constant.builtin)
  (_ alternative: (identifier) @constant.builtin)
  (_ default: (identifier) @constant.builtin)
  (_ scope: (identifier) @constant.builtin)
  (_ target: (identifier) @constant.builtin)
]
 (#any-of? @constant.builtin "true" "false" "null" "builtins"))

; Keywords

["let" "in" "rec" "with" "inherit" "or"] @keyword
["if" "then" "else"] @keyword.control.conditional
"assert" @keyword.control.exception

; Operators and other marks

[
  "+" "-" "*" "/" "++" "//" "==" "!=" "<" "<=" ">" ">=" "&&" "||" "->" "|>" "<|" "!"
] @operator
(has_attr "?" @operator)
(formal "?" @punctuation.delimiter)
["=" "@"] @operator
"..." @punctuation.special
["." ";" "," ":"] @punctuation.delimiter
["(" ")" "[" "]"] @punctuation.bracket
(attr_set ["{" "}"] @punctuation.bracket)
(legacy_let ["{" "}"] @punctuation.bracket)
(pattern ["{" "}"] @punctuation.bracket)
