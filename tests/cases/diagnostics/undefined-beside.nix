{
  version = "1.0";
  url = "https://example.org/${version}.tar.gz";
}.url
