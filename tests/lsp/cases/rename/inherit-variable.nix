{ lib }: let inherit (lib) map id; in id map
#                          ^^^ rename: each
