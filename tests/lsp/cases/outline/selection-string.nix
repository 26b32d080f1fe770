{ a = "text here"; }
#       ^ select: text here | "text here" | a = "text here"; | { a = "text here"; }
