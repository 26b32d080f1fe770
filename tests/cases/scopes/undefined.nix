[ a (b: a) { inherit c; } ]
