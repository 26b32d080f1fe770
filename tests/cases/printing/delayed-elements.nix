[ [ ] [ 1 ] { } { a = 1; } (x: x) 1 "s" (-1) true builtins.true (1 + 1) null 1.5 /x (let x = 1; in x) ]
