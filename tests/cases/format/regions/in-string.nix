''
  ${
/*nixfmt:disable*/
a  b
/*nixfmt:enable*/
}
''
