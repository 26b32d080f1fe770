[ (le) (wi) ]
#  ^^ complete: let
#       ^^ complete: with
