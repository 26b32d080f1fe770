{x=[a b]++optional c [d]++optionals e [f g];}
