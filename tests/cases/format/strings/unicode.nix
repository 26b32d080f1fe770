"ä → 日本語 ${"é"}" + "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" + "ööööööööööööööööööööö"
