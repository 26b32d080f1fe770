# Sets built, merged, mapped and taken apart: what module systems do.
let
  inherit (builtins) attrNames attrValues foldl' genList intersectAttrs listToAttrs mapAttrs removeAttrs toString;
  item = n: { name = "item${toString n}"; value = { id = n; tags = { odd = n - n / 2 * 2 == 1; }; }; };
  large = listToAttrs (genList item 3000);
  override = n: { "item${toString n}" = large."item${toString n}" // { touched = true; }; extra.count = n; };
  merged = foldl' (set: n: set // override n) large (genList (n: n * 7) 400);
  mapped = mapAttrs (name: v: if name == "extra" then v.count else v.id + (if v ? touched then 1000 else 0)) merged;
  kept = removeAttrs mapped (genList (n: "item${toString (n * 3)}") 1000);
  common = intersectAttrs large kept;
in
{
  count = builtins.length (attrNames common);
  sum = foldl' (a: b: a + b) 0 (attrValues common);
}
