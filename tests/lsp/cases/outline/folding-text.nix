{
# ^^ fold: 5
  s = { a =
#     ^^ fold: 2
    1; };
}
