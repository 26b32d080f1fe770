{ a = ''text "q" ${toString 1}''; }
#       ^^^^ action: Write as a string in double quotes
