{ a = 1 }
#       ^ diag: P001 expecting ';'
