{ a = 1 }
#       ^ action: Insert ';'
