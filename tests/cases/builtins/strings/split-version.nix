map builtins.splitVersion [ "1.2.3pre4" "a-b" "" "1..2" "0.1rc2-3" ]
