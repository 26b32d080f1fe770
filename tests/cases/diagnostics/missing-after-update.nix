let
  base = { image = "a"; };
  full = base // { tag = "1"; };
in
"${full.image}:${full.tags}"
