with a; with b; with c; [d e]
