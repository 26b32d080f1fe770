{ f, x }: [ (f)(x) ]
#           ^ action: Remove the parentheses
