{ a }: [ ] ++ a
#      ^^^ action: Remove the empty list
