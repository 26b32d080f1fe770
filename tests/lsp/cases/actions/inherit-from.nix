{ x }: { a = x.y.a; }
#        ^ action: Write 'inherit (x.y) a;'
