map (x: x + 1) (map ({a,b}: a) y)
