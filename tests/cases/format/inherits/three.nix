{inherit a b c;}
