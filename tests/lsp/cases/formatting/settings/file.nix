{
# ^ format
a = { b = 1; };
inherit (builtins) attrNames attrValues concatMap;
}
