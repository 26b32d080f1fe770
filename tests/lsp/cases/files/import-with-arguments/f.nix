{ width, height ? 1 }: { area = width * height; }
# ^^^^^ def: width
#                               ^^^^^ use: width
#                        ^^^^ def: area
