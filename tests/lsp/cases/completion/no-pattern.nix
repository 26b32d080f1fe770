{ a, b }: 1
#    ^ complete!: map
