{inherit # one
a # two
/* three */ b
;inherit ( # four
x) y;}
