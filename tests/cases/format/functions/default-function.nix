{ f ? x: x, g ? { y }: y, h ? (z: z) }: f
