let apple = 1; in "${ap}"
#                    ^^ complete: apple
