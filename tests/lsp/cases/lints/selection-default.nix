{ a }: if a ? b.c then a.b.c else 1
#      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ diag: L023
