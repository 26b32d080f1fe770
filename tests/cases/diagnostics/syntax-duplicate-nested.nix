{
  services.web.enable = true;
  services.web.enable = false;
}
