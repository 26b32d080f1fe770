{ config, lib, pkgs, ... }:
{
  environment.variables.A = config.services.nginx.user;
#                                  ^^^^^^^^ hover: A set of options
}
