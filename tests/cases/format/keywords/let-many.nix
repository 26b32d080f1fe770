let a=1;

b=2; inherit c; in {d=a;}
