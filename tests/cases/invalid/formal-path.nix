{ a.b }: a
