map builtins.pathExists [ ./fixtures/a.txt ./fixtures ./none ./fixtures/a.txt/x ]
