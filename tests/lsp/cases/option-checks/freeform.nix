# evalctl: ignore-file L017
{ ... }:
{
  # all diagnostics
  services.openssh.settings.PrintMotd = true;
#                  ^^^^^^^^ hover: Settings of sshd_config
}
