{
 a = import ./not-there.nix;
#           ^^^^^^^^^^^^^^^ diag: E030 does not exist
}
