{ a, b ? a, ... }@args: 1
#    ^ diag: L003
#                 ^^^^ diag: L004
