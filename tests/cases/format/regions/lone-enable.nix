{
/*nixfmt:enable*/
a=1;}
