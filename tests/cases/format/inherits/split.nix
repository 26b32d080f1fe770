{inherit
a
b;}
