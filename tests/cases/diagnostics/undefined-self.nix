let
  overlay = final: prev: { tool = prevv.tool; };
in
(overlay { } { tool = 1; }).tool
