with { }; a
