builtins.filterSource (p: t: t != "directory") ./fixtures
