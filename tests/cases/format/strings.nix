{
  uri = https://example.org/a?b=c;
  simple = ''one line'';
  dollar = ''a ''${b} '''c''' '';
  kept = ''with "quotes" in it'';
  lines = ''
        deeper
      common
          deepest ${interpolated}

      ${alone}
      ${ call several arguments { attribute = 1; } }
      text ${if condition then "a rather long string that is used" else "another string that is just as long"} text
    '';
  joined = "a ${b} c ${toString (d + e)} ${ f { x = 1; } } ${lib.concatStringsSep ", " (map (x: x.name) (builtins.attrValues everything))}";
  breaks = "first
    second ${x}
  third";
  empty = ''''; blank = ''
  '';
  tabs = ''
	tab
    blanks
  '';
  path = ./a/${b}/c; annotated = /* bash */ ''
    echo
    exit
  '';
  other = /* not a language! */ "x";
}
