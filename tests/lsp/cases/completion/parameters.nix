{ pear, plum ? 1 }@pack: p
#                        ^ complete: pear plum pack
