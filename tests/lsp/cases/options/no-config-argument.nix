{ pkgs, lib, ... }:
{
  networking.dom
#            ^^^ complete: domain
}
