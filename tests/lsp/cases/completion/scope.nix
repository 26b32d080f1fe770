let apple = 1; in { pear, ... }: ap
#                                ^^ complete: apple
#                                ^^ complete!: pear
