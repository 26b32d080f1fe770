let none = { }; in none.x
