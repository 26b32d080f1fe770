let a = 1; in let b = a; in b
#             ^^^ action: Join with the outer 'let'
