assert true; 3
