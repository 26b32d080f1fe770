  toS
# ^^^ complete: toString
