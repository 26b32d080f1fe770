{ # open
a # a
, # comma
b /* b */, /* c */ c
# end
}: # colon
a
