. a
