builtins.filter (x: x.enabled) [ { enabled = "no"; } ]
