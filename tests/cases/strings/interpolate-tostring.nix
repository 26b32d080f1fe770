"${{ __toString = self: self.x + "!"; x = "t"; }}"
