{ config, ... }:
{
 networking.domain = config.networking.nothing;
#                                      ^^^^^^^ diag: E011 nothing
}
