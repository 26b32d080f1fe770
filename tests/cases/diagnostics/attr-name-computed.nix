let
  id = 1000;
in
{ users.${id} = "alice"; }.users
