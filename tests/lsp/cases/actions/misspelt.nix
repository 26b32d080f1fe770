let counter = 1; in conter + counter
#                   ^^^^^^ action: Replace with 'counter'
