{inherit (x) a b;}
