{ apple = 1; b = app; }
#                ^^^ complete!: apple
