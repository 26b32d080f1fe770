{
  services = foobarbaz.enable;
}.services
