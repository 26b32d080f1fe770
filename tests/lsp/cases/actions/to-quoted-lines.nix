{
  a = '' one $${x} '';
#     ^^ action: Write as a string in double quotes
}
