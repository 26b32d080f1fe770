''
  x
  ${lib.concatStringsSep "\n" (map (x: "${x}") [1 2 3])}
    ${y}  
''
