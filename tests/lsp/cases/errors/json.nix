{
 a = builtins.fromJSON "{";
#                      ^^^ diag: E039 JSON
}
