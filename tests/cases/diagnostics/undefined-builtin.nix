map (x: stringLength x) [ "a" ]
