# Not a quote that opens a string.
builtins.fromTOML "x = 0'é"
