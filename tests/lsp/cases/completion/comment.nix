let apple = 1; in apple # ap
#                         ^^ complete=:
