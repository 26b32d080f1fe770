[ (builtins.match "a+" "aaa") (builtins.match "a+" "aab") ]
