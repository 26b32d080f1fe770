# The pattern needs the names of the set that the function makes.
let
  fix = f: let x = f x; in x;
  overlay = { name, ... }: { tool = name; };
in
(fix overlay).tool
