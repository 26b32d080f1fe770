#!/bin/sh
# figurine @version@: prints its arguments in a frame.
text="| $* |"
line=$(printf '%s' "$text" | sed 's/./-/g')
printf '%s\n%s\n%s\n' "$line" "$text" "$line"
