{
  # how many
  count ? 3,
  ...
}@all:
[
  count
# ^^^^^ hover: count ? 3
# ^^^^^ hover: how many
  all
# ^^^ hover: all arguments
]
