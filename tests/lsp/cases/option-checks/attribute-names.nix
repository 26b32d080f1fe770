# evalctl: ignore-file L017
{ ... }:
{
  # all diagnostics
  boot.kernel.sysctl."net.ipv4.ip_forward" = 1;
#             ^^^^^^ hover: Parameters of the running kernel
}
