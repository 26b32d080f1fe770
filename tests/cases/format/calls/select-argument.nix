f a.b (c.d or e) g.h
