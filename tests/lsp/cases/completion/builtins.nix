builtins.len
#        ^^^ complete: length stringLength
#        ^^^ complete!: map
