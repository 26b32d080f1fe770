{ s }: let a = 1; in with s; a + b
#          ^ rename!: b
