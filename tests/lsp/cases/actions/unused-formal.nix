{ a, b, c }: [ a c ]
#    ^ action: Remove the argument
