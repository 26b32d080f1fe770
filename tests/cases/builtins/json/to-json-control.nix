builtins.toJSON "\t\r\\/ä"
