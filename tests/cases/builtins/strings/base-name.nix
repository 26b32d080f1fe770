map baseNameOf [ "/a/b" "a/" "a//" "" "/" "a" /x/y ]
