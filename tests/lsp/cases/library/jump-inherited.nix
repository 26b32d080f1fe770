{ lib }:
  lib.optionalString
#     ^^^^^^^^^^^^^^ jump: ../../../../corpus/nixpkgs-mini/lib/strings.nix:11
