{inherit a;}
