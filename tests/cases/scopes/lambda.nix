x: y: let x = y; in x (z: z x) y
