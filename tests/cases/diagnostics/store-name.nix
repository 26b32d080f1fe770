derivation {
  name = "my file";
  system = "x86_64-linux";
  builder = "/bin/sh";
}
