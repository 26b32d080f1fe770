if a then b else if c then d else if e then f else g
