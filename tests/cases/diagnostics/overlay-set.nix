let
  apply = package: overlays: builtins.foldl' (set: overlay: set // overlay set set) package overlays;
in
(apply { } (import ./fixtures/overlay-set.nix).overlays).tool
