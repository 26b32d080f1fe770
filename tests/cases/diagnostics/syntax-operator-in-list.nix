[ 1 !true ]
