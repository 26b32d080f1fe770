let
  fix = f: let x = f x; in x;
  overlay = final: prev: { tool = final.tool // { version = 2; }; };
  base = { tool = { version = 1; }; };
in
(fix (final: base // overlay final base)).tool
