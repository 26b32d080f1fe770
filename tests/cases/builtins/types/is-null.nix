map isNull [ null false { } ]
