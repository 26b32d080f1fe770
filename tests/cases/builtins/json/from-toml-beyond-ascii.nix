# Characters beyond ASCII, wherever they may stand: in comments, keys and strings of each kind, beside quotes.
builtins.fromTOML (''
  # é "
  "ключ" = "é" # '
  'ß' = 'é'
  a = """é "" é""""
  b = """"é""""
'' + "c = '''é'''\nd = \"\\\"é\"\ne = \"\"  # é\nf = '\\'  # é")
