let t = import ./t.nix; in { run = x: t.go x; }
#                            ^^^ calls: go
