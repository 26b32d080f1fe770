let
  version = "2";
in
if version >= 2 then 1 else 0
