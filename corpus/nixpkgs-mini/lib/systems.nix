# Platforms: what packages and modules ask about the machine.
{ lib }:
rec {
  # elaborate "aarch64-linux" adds what can be derived from the name.
  elaborate = system:
    let
      parts = lib.splitString "-" system;
      cpu = builtins.head parts;
    in
    {
      inherit system;
      config = "${cpu}-unknown-linux-gnu";
      isLinux = lib.last parts == "linux";
      isx86_64 = cpu == "x86_64";
      isAarch64 = cpu == "aarch64";
      efiArch = { x86_64 = "x64"; aarch64 = "aa64"; }.${cpu} or (throw "there is no EFI name for '${cpu}'");
      ociArch = { x86_64 = "amd64"; aarch64 = "arm64"; }.${cpu} or cpu;
      linuxArch = { aarch64 = "arm64"; }.${cpu} or cpu;
    };
}
