let apple = 1; in { inherit app; }
#                           ^^^ complete: apple
#                           ^^^ complete!: map
