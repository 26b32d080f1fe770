{
 a = builtins.fromJSON "{";
#    ^^^^^^^^^^^^^^^^^^^^^ diag: E030 JSON
}
