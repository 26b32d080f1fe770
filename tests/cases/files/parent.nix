builtins.readFile (./fixtures/folder + "/../a.txt")
