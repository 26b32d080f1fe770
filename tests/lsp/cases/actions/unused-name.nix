{ a, ... }@args: a
#          ^^^^ action: Remove the name
