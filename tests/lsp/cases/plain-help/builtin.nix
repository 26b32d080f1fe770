builtins.length [ ]
#        ^^^^^^ hover=: builtins.length list
