{
  list = [ 1 ];
# ^^^^ symbol: array list
  set = { inner = "x"; };
# ^^^ symbol: object set
#         ^^^^^ symbol: string inner
  f = x: x;
# ^ symbol: function f
  a.b = true;
#   ^ symbol: boolean a.b
  n = 1;
# ^ symbol: number n
  z = null;
# ^ symbol: null z
  inherit (f) g;
#             ^ symbol: variable g
}
