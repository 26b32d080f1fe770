if false then 1 else with { x = 1; }; assert true; let y = [ 1 ]; in { inherit y; z = x; } // { v = y; w = [ ]; }
