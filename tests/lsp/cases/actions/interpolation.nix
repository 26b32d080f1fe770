"x ${"y"} z"
#  ^^ action: Write the text directly
