let
  flag = null;
in
if flag then 1 else 2
