map builtins.parseDrvName [ "nix-0.12pre12876" "hello" "a-b-1.0" "a-1b" "x-" "" "-1" ]
