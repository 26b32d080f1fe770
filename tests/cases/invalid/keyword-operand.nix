1 + then
