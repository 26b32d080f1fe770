{ lib }:
  lib.mkOption
#     ^^^^^^^^ jump: ../../../../corpus/nixpkgs-mini/lib/options.nix:12
