{ x, y }: { inherit (x) a b; inherit y; }
#           ^^^^^^^ action: Write as bindings
