{ a, ... }@args: args.b + a
#          ^^^^ rename: all
