{ 80 = "http"; }
