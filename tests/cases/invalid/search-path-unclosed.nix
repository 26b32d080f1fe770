<a/b
