let s = { apple = 1; }; in with s; app
#                                  ^^^ complete: apple
