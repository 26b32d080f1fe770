with ; 1
