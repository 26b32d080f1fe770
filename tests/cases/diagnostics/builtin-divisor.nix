let
  workers = 0;
in
100 / workers
