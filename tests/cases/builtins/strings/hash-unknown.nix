builtins.hashString "crc" "abc"
