let
  unused = 1;
# ^^^^^^ report L001
in
2
