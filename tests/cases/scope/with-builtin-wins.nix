with { true = 5; map = 6; }; [ true map ]
