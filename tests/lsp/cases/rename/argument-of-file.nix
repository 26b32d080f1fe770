{ stdenv, ... }:
# ^^^^^^ rename!: compiler
let
  local = { speed }: speed;
#           ^^^^^ rename: pace
in
local { speed = stdenv; }
