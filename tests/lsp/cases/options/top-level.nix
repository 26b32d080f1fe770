{ config, lib, pkgs, ... }:
{
  serv
# ^^^^ complete: services
}
