/* one */ /* line */
# leading
{ # behind the brace
  a = 1; # behind a
  b = 2; /* behind b */ # and more
  /* Several
     lines
       deeper
  */
  c = /* before the value */ 3;
  /**
    Documentation.

    # Heading
  */
  d = # behind the sign
    4;
  /*
   * stars
   * here
   */
  e = [ /* only */ ];
  f = ( # behind a parenthesis
    x);
  g = if a # why
    then b # yes
    else c # no
  ;
  h = a # left
    + b # right
    ;
  i = let x = 1; # x
    # before in
    in # behind in
    x;
  j = f # callee
    x;
  k = { # aligned with
      # the next line
      z = 1; };
  # last
}
# after the end
