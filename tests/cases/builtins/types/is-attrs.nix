map builtins.isAttrs [ { } [ ] (x: x) ]
