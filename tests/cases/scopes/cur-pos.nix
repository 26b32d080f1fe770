let __curPos = 1; a = { inherit __curPos; }; in __curPos
