{ a }: [ (a == true) (a != true) (false == a) ]
#         ^^^^^^^^^ diag: L011
#                     ^^^^^^^^^ diag: L011
#                                 ^^^^^^^^^^ diag: L011
