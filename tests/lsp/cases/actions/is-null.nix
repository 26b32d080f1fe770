{ a }: isNull a || true
#      ^^^^^^ action: Replace with '(a == null)'
