{ writeShellApplication, hello }:
writeShellApplication {
  name = "greet";
  runtimeInputs = [ hello ];
  text = ''
    printf '%s %s\n' "$(hello)" "$*"
  '';
}
