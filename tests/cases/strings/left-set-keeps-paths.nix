# With a set on the left, a path on the right is no reference to the store, however late it is known.
let path = x: /a/b; set = { outPath = "/x"; }; in [ (set + path 1) ((x: y: x + y) set (path 1)) (set + /a) ]
