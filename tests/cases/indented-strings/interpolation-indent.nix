let a = "1\n2"; in ''
    ${a}
      x
  ''
