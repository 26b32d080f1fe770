let
  # Adds one.
  # To a number.
  inc = n: n + 1;
in
{ a = inc; b = n: n; }
#     ^^^ hover: inc = n: n + 1
#     ^^^ hover: Adds one.\nTo a number.
#                 ^ hover: parameter
