{
 a = import ./not-there.nix;
#           ^^^^^^^^^^^^^^^ diag: E041 does not exist
}
