{ lib }:
  lib.showOption
#     ^^^^^^^^^^ hover: The name of an option as a user writes it
