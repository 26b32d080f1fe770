{ x, y }: [ (with x; 1) (with x; y) (with x; z) ]
#            ^^^^ diag: L005
#                        ^^^^ diag: L005
