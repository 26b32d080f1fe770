[ "ä𝄞" missing ]
#      ^^^^^^^ diag: S001 missing
