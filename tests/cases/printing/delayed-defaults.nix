({ a ? 1, b ? a, c ? [ ], d ? c, e ? [ 1 ], f ? x: x }: { inherit a b c d e f; }) { }
