{
 a = throw "no such thing";
#    ^^^^^^^^^^^^^^^^^^^^^ diag: E019 no such thing
}
