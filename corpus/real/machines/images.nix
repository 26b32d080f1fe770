# Container images: in one layer, in several, and as a stream.
{ pkgs }:
let
  greet = pkgs.writeShellScriptBin "greet" "echo hello from a container";
  layers = {
    name = "greet";
    tag = "layered";
    contents = [
      greet
      pkgs.coreutils
    ];
    config = {
      Cmd = [ "${greet}/bin/greet" ];
      ExposedPorts."8080/tcp" = { };
      Env = [ "LANG=C.UTF-8" ];
    };
  };
in
{
  inherit greet;

  image = pkgs.dockerTools.buildImage {
    name = "greet";
    copyToRoot = pkgs.buildEnv {
      name = "root";
      paths = [
        greet
        pkgs.bash
      ];
      pathsToLink = [ "/bin" ];
    };
    config.Entrypoint = [ "/bin/greet" ];
  };

  layered = pkgs.dockerTools.buildLayeredImage layers;

  streamed = pkgs.dockerTools.streamLayeredImage layers;
}
