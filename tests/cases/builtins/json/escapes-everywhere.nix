# What JSON escapes, at every place of texts of every length around the block that is looked at at once; there and back.
let
  filled = length: builtins.concatStringsSep "" (builtins.genList (_: "x") length);
  around = byte: builtins.concatMap (before: map (after: filled before + byte + filled after) [ 0 1 15 16 17 ]) (builtins.genList (n: n) 34);
  texts = builtins.concatMap around [ "\"" "\\" "\n" "\r" "\t" "\"\"" "ü" "€" "" ];
  written = builtins.toJSON texts;
in
[ (builtins.hashString "sha256" written) (builtins.fromJSON written == texts) (builtins.toJSON (builtins.elemAt texts 87)) ]
