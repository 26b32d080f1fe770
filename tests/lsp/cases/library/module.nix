{ lib, ... }:
  { x = lib.mkFo; }
#          ^^^^^ complete: mkForce
