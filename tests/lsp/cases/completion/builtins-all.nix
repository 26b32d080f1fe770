[ builtins. ]
#         ^ complete: add map toString true currentSystem
