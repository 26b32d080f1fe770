# all diagnostics
{ lib, ... }: { a = lib.id 1; b = with lib; optional true 1; }
