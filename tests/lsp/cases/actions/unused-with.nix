{ x }: with x; 1
#      ^^^^ action: Remove 'with'
