map builtins.isBool [ true null 0 ]
