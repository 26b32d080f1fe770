builtins.stringLength "ä☃𝄞"
