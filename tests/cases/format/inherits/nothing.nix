{inherit;inherit (a);}
