{ pkgs, inputs, ... }:
{
  imports = [ (inputs.self + "/dock.nix") ];
  environment.systemPackages = [ pkgs.hello ];
  system.stateVersion = "5";
#                       ^^^ diag M002
}
