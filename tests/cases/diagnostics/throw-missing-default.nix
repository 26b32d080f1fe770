let
  required = name: throw "`${name}` must be set";
  settings = { token = required "token"; };
in
settings.token
