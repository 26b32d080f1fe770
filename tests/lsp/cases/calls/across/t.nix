{ go = x: x; }
# ^^ called: run
