let
  port = 80;
{ inherit port; }
