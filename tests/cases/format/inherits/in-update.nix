x // {inherit a;}
