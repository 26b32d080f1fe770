[
1 2
/*nixfmt:disable*/
3   4
/*nixfmt:enable*/
5 6
]
