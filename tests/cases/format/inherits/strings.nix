{inherit "a" "b c";}
