{ plus = (import ./math.nix).plus; }
