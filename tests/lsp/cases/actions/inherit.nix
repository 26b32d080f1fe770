{ a }: { a = a; }
#        ^ action: Write 'inherit a;'
