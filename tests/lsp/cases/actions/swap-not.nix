{ a }: if !a then 1 else 2
#      ^^ action: Swap the branches
