builtins.match "(open" "x" == null
