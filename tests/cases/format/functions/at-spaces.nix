{a,b} @ c : a
