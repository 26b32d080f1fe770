  builtins.length [ ]
# ^^^^^^^^ token: constant.defaultLibrary
#          ^^^^^^ token: function.defaultLibrary
