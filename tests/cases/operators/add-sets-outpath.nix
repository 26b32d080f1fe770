{ outPath = "a"; } + "b"
