# all diagnostics
{ f }: [ (x: f x x) (x: x x) (x: (f x) x) ]
