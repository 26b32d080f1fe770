# What the overlay is given after its one argument is the whole set, which the user wrote, too.
let
  apply = all: builtins.foldl' (set: overlay: set // overlay all set) all all.overlays;
in
(apply (import ./fixtures/overlay-one-argument.nix)).tool
