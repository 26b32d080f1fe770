{
  version = version;
}.version
