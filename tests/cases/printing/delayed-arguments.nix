(x: y: { inherit x y; z = [ x ]; }) [ 1 ] 2
