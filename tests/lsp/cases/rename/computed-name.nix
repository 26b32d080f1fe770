let
  set = { port = 1; };
#         ^^^^ rename: number
in
[ set.port set.${"port"} set."port" (set ? ${"port"}) set.${"po" + "rt"} ]
