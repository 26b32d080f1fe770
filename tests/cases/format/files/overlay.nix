final: prev: { thing = prev.thing.overrideAttrs (old: { patches = (old.patches or [ ]) ++ [ ./a.patch ]; });
  python3 = prev.python3.override { packageOverrides = self: super: { x = self.callPackage ./x.nix { }; }; }; }
