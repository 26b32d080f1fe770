{
  # all diagnostics
  outputs = _: if 1 + 1 == 3 then { } else throw "there are no outputs";
#                                          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ diag E019 there are no outputs
}
