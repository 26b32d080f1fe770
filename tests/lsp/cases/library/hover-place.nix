{ lib }:
  lib.mkOption
#     ^^^^^^^^ hover: lib/options.nix
