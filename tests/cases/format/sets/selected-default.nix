{a.b=1;}.a.c or {d=2;}
