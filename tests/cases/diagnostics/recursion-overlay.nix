let
  fix = f: let x = f x; in x;
  overlay = self: { version = "${self.name}-1"; name = "tool-${self.version}"; };
in
(fix overlay).name
