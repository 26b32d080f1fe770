let
  here = [ 1 ];
  there = [ 2 ];
in
{
  all = { here ++ there };
}
