with lib; {a=1;}
