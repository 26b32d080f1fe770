{ a = 1; }
# ^ action: Quote the attribute name
