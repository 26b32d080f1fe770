  __ad
# ^^^^ complete: __add
