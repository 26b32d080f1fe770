  apple: a
#        ^ complete: apple
