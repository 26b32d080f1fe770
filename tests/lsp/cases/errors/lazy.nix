# all diagnostics
let unused = x: x + null; in
 { a = builtins.length [ unused (import <nixpkgs/lib>).toLower ]; }
#                                                      ^^^^^^^ hover: toLower
