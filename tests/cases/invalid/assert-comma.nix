assert true, 1
