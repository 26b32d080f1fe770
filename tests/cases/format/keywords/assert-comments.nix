assert # a
b # c
; # d
e
