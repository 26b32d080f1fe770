builtins.match "([a-z]+)-([0-9]+)(x)?" "abc-12"
