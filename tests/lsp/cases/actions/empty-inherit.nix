{ a = 1; inherit; }
#        ^^^^^^^ action: Remove 'inherit'
