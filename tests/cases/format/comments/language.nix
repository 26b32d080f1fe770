{ x = /* bash */ ''
  a
  b
''; y = /* sh */

"a"; z = /* not a language */ "b"; l = [ /* c */ "d" /* python */ "e" ]; }
