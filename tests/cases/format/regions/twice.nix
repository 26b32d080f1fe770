{
/*nixfmt:disable*/
a  = 1;
/*nixfmt:enable*/
b=2;
/*nixfmt:disable*/
c  = 3;
/*nixfmt:enable*/
d=4;
}
