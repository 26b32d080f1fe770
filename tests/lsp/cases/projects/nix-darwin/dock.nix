{
  system.defaults.dock.autohide = true;
#                      ^^^^^^^^ hover: Whether the dock hides.
  system.defaults.dock.autohid = true;
#                      ^^^^^^^ diag M001
}
