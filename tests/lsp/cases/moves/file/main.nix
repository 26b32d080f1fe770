# ^ move lib/math.nix lib/arithmetic/sums.nix
{ name }:
{
  one = import ./lib/math.nix;
  two = map import [ ./lib/math.nix ./lib/text.nix ];
  three = import (./lib + "/${name}.nix");
}
