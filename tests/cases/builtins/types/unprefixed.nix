map builtins.typeOf [ abort baseNameOf derivation dirOf false fetchGit fetchTarball fromTOML import isNull map null placeholder removeAttrs scopedImport throw toString true ]
