let
  gigabytes = "4";
in
gigabytes * 1024
