{ a,
/*nixfmt:disable*/
b  ,  c
/*nixfmt:enable*/
}: a
