{
  f = args@{ a, ... }: args // { inherit a; };
#     ^^^^ def: args
#                      ^^^^ use: args
}
