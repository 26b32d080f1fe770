{ a }: { inherit a; f = { a }: a; }
# ^ def: outer
#                ^ use: outer
#                         ^ def: inner
#                              ^ use: inner
