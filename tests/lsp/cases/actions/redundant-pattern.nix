[ ({ ... }@x: x) ]
#  ^^^^^ action: Replace with 'x'
