# Jobs of several kinds. `heavy` takes memory, `stuck` much stack.
{ prefix ? "job" }:
let
  self = { inherit self; inner.again = self; job = drv "${prefix}-of-self" { }; };
  drv = name: more: derivation ({ inherit name; system = "x86_64-linux"; builder = "/bin/sh"; } // more);
  sequence = builtins.genList (i: drv "${prefix}-${toString i}" { number = i; }) 40;
  library = drv "library" { outputs = [ "out" "dev" ]; };
in
{
  many = builtins.listToAttrs (map (d: { inherit (d) name; value = d; }) sequence) // { recurseForDerivations = true; };
  inherit library;
  program = drv "program" { inherit library; headers = library.dev; source = ./release.nix; };
  described = drv "described" { } // {
    meta = {
      description = "a \"described\" job";
      platforms = [ "x86_64-linux" ];
      broken = false;
      priority = 7;
      function = x: x;
      nested = { license = { free = true; }; path = null; };
      package = library;
    };
  };
  features = drv "features" { requiredSystemFeatures = [ "kvm" "benchmark" "kvm" ]; };
  structured = drv "structured" { __structuredAttrs = true; requiredSystemFeatures = [ "nixos-test" "big-parallel" ]; };
  wrong = drv "wrong" { text = 1 + "two"; };
  failing = throw "not on this machine";
  recursive = let x = x; in x;
  badMeta = drv "bad-meta" { } // { meta.description = throw "no description"; };
  endless = drv "endless" { text = let f = n: 1 + f (n + 1); in f 0; };
  plain = { hidden = drv "hidden" { }; };
  text = "no job";
  inherit self;
}
