rec { double = x: x + x; four = double 2; }
