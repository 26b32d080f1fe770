  { ... }: 1
# ^^^^^^^ action: Replace with '_'
