# evalctl: ignore-file L017
{ ... }:
{
  # all diagnostics
  environment.etc = [ ];
#                   ^^^ diag: M002 a list was given
}
