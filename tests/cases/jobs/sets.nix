let
  drv = name: extra: derivation ({ inherit name; system = "x86_64-linux"; builder = "/bin/sh"; } // extra);
in
{
  plain = drv "plain" { };
  several = drv "several" { outputs = [ "out" "dev" ]; requiredSystemFeatures = [ "kvm" "big-parallel" ]; };
  notEntered = { hidden = drv "hidden" { }; };
  entered = {
    recurseForDerivations = true;
    "a.b" = drv "dotted" { };
    broken = throw "this one fails";
    next = drv "next" { };
  };
  missing = { type = "derivation"; name = "no-path"; };
  number = 1;
  nothing = null;
  function = { name ? "called" }: drv name { };
}
