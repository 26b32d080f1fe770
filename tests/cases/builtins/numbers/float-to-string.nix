map toString [ 0.1 1.0 1.5e10 0.0000001 ]
