let counter = 1; in conter + counter
#                   ^^^^^^ diag: S001 undefined variable 'conter'
