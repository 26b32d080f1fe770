{ lib }: [ (lib.groupBy (x: x)) lib.zipAttrsWith lib.groupBy' ]
#           ^^^^^^^^^^^ diag: L027
#                               ^^^^^^^^^^^^^^^^ diag: L027
