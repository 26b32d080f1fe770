builtins.fromTOML "a = \"\"\"\nx\ny\"\"\"\nb = '\\n'"
