[a or b]
