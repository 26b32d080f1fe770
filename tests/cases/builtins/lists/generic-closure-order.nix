map (x: x.key) (builtins.genericClosure { startSet = [ { key = "r"; } ]; operator = x: if builtins.stringLength x.key < 3 then [ { key = x.key + "0"; } { key = x.key + "1"; } ] else [ ]; })
