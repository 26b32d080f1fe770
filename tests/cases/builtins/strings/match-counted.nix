[ (builtins.match "a{2,3}" "aa") (builtins.match "a{2,3}" "aaaa") ]
