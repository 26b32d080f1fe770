{ lib }: [ (lib.groupBy (x: "a")) lib.zipAttrsWith lib.groupBy' ]
#           ^^^^^^^^^^^ diag: L027
#                                 ^^^^^^^^^^^^^^^^ diag: L027
