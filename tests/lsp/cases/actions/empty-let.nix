[ (let in 1) ]
#  ^^^ action: Remove 'let'
