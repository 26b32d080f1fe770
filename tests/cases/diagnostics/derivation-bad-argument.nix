let
  package = derivation {
    name = "a";
    system = "x86_64-linux";
    builder = "/bin/sh";
    count = x: x;
  };
in
package.drvPath
