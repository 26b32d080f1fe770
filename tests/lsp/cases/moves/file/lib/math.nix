{
  text = import ./text.nix;
  main = import ../main.nix;
  parts = name: import ./parts/${name}.nix;
  here = ./.;
}
