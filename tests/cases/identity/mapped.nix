let f = x: x; in map (g: g) [ f ] == map (g: g) [ f ]
