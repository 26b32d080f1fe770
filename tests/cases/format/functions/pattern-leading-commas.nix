{ a
, b ? 1
  # about c
, c
, ... }:

a
