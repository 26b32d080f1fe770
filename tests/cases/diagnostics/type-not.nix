!"yes"
