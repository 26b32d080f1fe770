let __div = a: b: [ a b ]; in 6 / 3
