{ a }: isNull a
#      ^^^^^^^^ diag: L019
