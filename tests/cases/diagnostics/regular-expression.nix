builtins.match "(alpha|beta" "alpha"
