let or = 5; in { a = 1; }.b or 6
