assert a; assert b -> c; {d=1;}
