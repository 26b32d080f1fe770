f x ''
  a
  b
''
