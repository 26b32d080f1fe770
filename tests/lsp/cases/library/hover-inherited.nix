{ lib }:
  let inherit (lib) mkOption; in mkOption
#                                ^^^^^^^^ hover: mkOption
