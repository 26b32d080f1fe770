f (/* bash */ ''
  a
  b
'') /* nix */ "x"
