let __findFile = path: name: name; __nixPath = [ ]; in <a/b>
