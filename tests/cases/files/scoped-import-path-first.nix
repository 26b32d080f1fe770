builtins.tryEval (builtins.scopedImport 1 (throw "path"))
