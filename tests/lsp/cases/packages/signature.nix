{ pkgs }:
[
  (pkgs.hello.override { })
#                      ^ signature: override change @0
  (pkgs.lib.optionalString true "")
#                          ^^^^ signature: optionalString condition string @0
  (pkgs.lib.mapAttrs 1)
#                    ^ signature: mapAttrs f set @0
]
