{
# ^^ format
a=1;
}
