
{
  imports = [ ];
  networking.dom
#            ^^^ complete: domain
}
