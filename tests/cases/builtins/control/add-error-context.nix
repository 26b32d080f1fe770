builtins.addErrorContext "while x" 1
