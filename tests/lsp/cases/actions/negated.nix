{ a, b }: !(a == b)
#         ^ action: Use '!='
