[a.b a.b.c (a.b or c) a."b"]
