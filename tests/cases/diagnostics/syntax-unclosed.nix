{
  services = {
    enable = true;
