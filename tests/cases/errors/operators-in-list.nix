{ l = [ "s" -1 !true ];
  s = "a${toString 1}b"; }
