{ a, b }: a
#    ^ action: Remove the argument
