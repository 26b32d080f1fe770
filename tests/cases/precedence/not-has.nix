!{ a = true; } ? b
