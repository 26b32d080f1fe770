builtins.hashString "sha257" "text"
