{ f }: map (x: f x) [ ]
#           ^^^^^^ diag: L008 function only calls 'f'
