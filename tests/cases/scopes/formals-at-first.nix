args@{ a ? args.b or a }: a: a args
