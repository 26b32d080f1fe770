map builtins.stringLength [ "" "abc" "ä" ]
