{a}: assert a!=null; let b=1; in b
