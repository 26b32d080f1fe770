{ a = "text ${toString 1} \"q\""; }
#      ^^^^ action: Write as an indented string
