let b = 1; in ({ c, a, b }: b) { }
