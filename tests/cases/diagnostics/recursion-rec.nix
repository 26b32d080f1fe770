rec {
  version = "1.${name}";
  name = "x-${version}";
}.name
