let
# ^ fold: 5
  a = [
#     ^ fold: 3
    1
  ];
in
a
