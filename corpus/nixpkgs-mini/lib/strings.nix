# Functions on strings.
{ lib }:
rec {
  inherit (builtins) concatStringsSep stringLength substring replaceStrings;

  concatStrings = concatStringsSep "";
  concatMapStrings = f: list: concatStrings (map f list);
  concatMapStringsSep = separator: f: list: concatStringsSep separator (map f list);
  concatMapAttrsStringSep = separator: f: set: concatStringsSep separator (lib.mapAttrsToList f set);
  concatLines = concatMapStrings (line: line + "\n");
  optionalString = condition: string: if condition then string else "";

  hasPrefix = prefix: string: substring 0 (stringLength prefix) string == prefix;
  hasSuffix = suffix: string:
    let
      start = stringLength string - stringLength suffix;
    in
    start >= 0 && substring start (-1) string == suffix;
  hasInfix = infix: string: builtins.length (splitString infix string) > 1;
  removePrefix = prefix: string:
    if hasPrefix prefix string then substring (stringLength prefix) (-1) string else string;
  removeSuffix = suffix: string:
    if hasSuffix suffix string then substring 0 (stringLength string - stringLength suffix) string else string;

  # Splits at a fixed text, not at a regular expression.
  splitString = separator: string:
    builtins.filter builtins.isString (builtins.split (escape specialCharacters separator) string);
  specialCharacters = [ "\\" "." "*" "+" "?" "(" ")" "[" "]" "{" "}" "^" "$" "|" ];
  escape = characters: replaceStrings characters (map (character: "\\" + character) characters);
  escapeXML = replaceStrings [ "&" "<" ">" "\"" "'" ] [ "&amp;" "&lt;" "&gt;" "&quot;" "&apos;" ];
  trim = string:
    let
      matched = builtins.match "[ \t\r\n]*(.*[^ \t\r\n])?[ \t\r\n]*" string;
      inner = builtins.head matched;
    in
    if inner == null then "" else inner;

  stringToCharacters = string: builtins.genList (index: substring index 1 string) (stringLength string);
  lowerCase = stringToCharacters "abcdefghijklmnopqrstuvwxyz";
  upperCase = stringToCharacters "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  toUpper = replaceStrings lowerCase upperCase;
  toLower = replaceStrings upperCase lowerCase;

  fixedWidthString = width: filler: string:
    if stringLength string >= width then string else fixedWidthString width filler (filler + string);
  toInt = string:
    let
      value = builtins.fromJSON string;
    in
    if builtins.isInt value then value else throw "'${string}' is not an integer";

  # Quotes for sh. A text of harmless characters stays as it is.
  escapeShellArg = argument:
    let
      string = toString argument;
    in
    if builtins.match "[[:alnum:],._+:@%/-]+" string != null then string
    else "'${replaceStrings [ "'" ] [ "'\\''" ] string}'";
  escapeShellArgs = concatMapStringsSep " " escapeShellArg;

  makeSearchPath = folder: packages: concatMapStringsSep ":" (package: "${package}/${folder}") packages;
  makeBinPath = packages: makeSearchPath "bin" (map lib.getBin packages);

  # Puts `prefix` before each line that is not empty.
  indent = prefix: string:
    concatMapStringsSep "\n" (line: if line == "" then "" else prefix + line) (splitString "\n" string);

  getName = value:
    if builtins.isString value then (builtins.parseDrvName value).name
    else value.pname or (builtins.parseDrvName value.name).name;
  getVersion = value:
    if builtins.isString value then (builtins.parseDrvName value).version
    else value.version or (builtins.parseDrvName value.name).version;
  versionOlder = a: b: builtins.compareVersions b a == 1;
  versionAtLeast = a: b: !versionOlder a b;

  # How many characters must be inserted, removed or replaced to turn one text into the other.
  editDistance = a: b:
    let
      right = stringToCharacters b;
      step = row: character:
        builtins.foldl' (
          { above, done }: other: {
            above = builtins.tail above;
            done = done ++ [
              (builtins.foldl' lib.min (lib.last done + 1) [
                (builtins.elemAt above 1 + 1)
                (builtins.head above + (if character == other then 0 else 1))
              ])
            ];
          }
        ) { above = row; done = [ (builtins.head row + 1) ]; } right;
      next = row: character: (step row character).done;
    in
    lib.last (builtins.foldl' next (lib.range 0 (stringLength b)) (stringToCharacters a));
}
