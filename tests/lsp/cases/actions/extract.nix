{ a = 1 + 2 * 3; }
#         ^^^^^ action: Extract to 'let'
