/*nixfmt:disable*/
{a=1;}
