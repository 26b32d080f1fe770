({ port }: port) 80
