{
  /**
    Adds two.

    # Type
    `Int -> Int`
  */
  add2 = n: n + 2;
# ^^^^ hover: Adds two.\n\n**Type**\n\n`Int
  x = /** the x */ 3;
# ^ hover: the x
  /* old style */
  y = 1;
# ^ hover: old style
}
