rec {
  version = "1.0";
  url = "https://example.org/${verison}.tar.gz";
}.url
