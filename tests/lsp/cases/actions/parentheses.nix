{ a = (1 + 2); }
#     ^ action: Remove the parentheses
