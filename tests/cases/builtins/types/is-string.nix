map builtins.isString [ 1 "1" /a ]
