[ (args@{ a, ... }: a) ]
#  ^^^^ action: Remove the name
