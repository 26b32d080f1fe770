{ a = 1 + 2; }
#       ^ no: hover
#     ^ no: hover
