{ x }: let inherit (x) a b; in b
#                      ^ action: Remove the binding
