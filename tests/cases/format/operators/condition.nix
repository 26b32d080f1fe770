if a&&b||c then d else e
