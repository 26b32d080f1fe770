{ a }: if a ? b then a.b else 1 + 1
#      ^^ action: Replace with 'a.b or (1 + 1)'
