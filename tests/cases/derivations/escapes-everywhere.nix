# Bytes that a .drv escapes, at every place of texts of every length around the block that is looked at at once.
let
  filled = length: builtins.concatStringsSep "" (builtins.genList (_: "x") length);
  around = byte: builtins.concatMap (before: map (after: filled before + byte + filled after) [ 0 1 15 16 17 ]) (builtins.genList (n: n) 34);
  texts = builtins.concatMap around [ "\"" "\\" "\n" "\r" "\t" "\"\"" "ü" "" ];
in
(derivation {
  name = "escapes";
  system = "s";
  builder = "b";
  args = texts;
  variable = texts;
}).drvPath
