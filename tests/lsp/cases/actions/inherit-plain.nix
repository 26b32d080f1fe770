{ y }: { inherit y; }
#        ^^^^^^^ action: Write as bindings
