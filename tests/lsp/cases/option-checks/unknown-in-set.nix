# evalctl: ignore-file L017
{ ... }:
{
  # all diagnostics
  services.nginx = { enabl = true; };
#                    ^^^^^ diag: M001 enabl
}
