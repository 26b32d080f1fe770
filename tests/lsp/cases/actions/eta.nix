{ f }: map (x: f x)
#           ^ action: Replace with 'f'
