{ pkgs, ... }:
{
  environment.systemPackages = with pkgs; [ he ];
#                                           ^^ complete: hello
#                                           ^^ complete!: pkgs.hello
}
