{
a=1;
b=2;
#^ format-range
c = ;
}
