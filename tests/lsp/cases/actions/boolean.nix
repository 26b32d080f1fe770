{ a, b }: a == true && (b a) == false
#         ^ action: Replace with 'a'
