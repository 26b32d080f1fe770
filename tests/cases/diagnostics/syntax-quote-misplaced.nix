{
  search = [ "/home/me" "nixpkgs"=/srv/nixpkgs ];
}
