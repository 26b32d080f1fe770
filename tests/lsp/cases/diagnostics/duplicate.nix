{ a = 1; a = 2; }
#        ^ diag: P014 attribute 'a' already defined
