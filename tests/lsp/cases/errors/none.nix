# all diagnostics
{ lib }:
{
 a = 1 + 2;
 b = lib.toLower;
#        ^^^^^^^ hover: toLower
}
