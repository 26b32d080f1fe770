builtins.functionArgs { name = "tool"; }
