{ lib }:
  let inherit (lib) mkO; in 1
#                   ^^^ complete: mkOption
