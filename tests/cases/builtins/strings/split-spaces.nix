builtins.filter builtins.isString (builtins.split "[[:space:]]+" " a  b c")
