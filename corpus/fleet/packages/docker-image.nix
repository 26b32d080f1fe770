# The website as a container image, in three forms.
{ dockerTools, website, greet }:
let
  image = {
    name = "fleet/website";
    tag = "1.4";
    config = {
      Cmd = [ "${greet}/bin/greet" "visitor" ];
      Env = [ "WEBSITE=${website}" "LANG=C.UTF-8" ];
      ExposedPorts."8080/tcp" = { };
      Labels."org.opencontainers.image.title" = "website";
      User = "65534:65534";
      WorkingDir = "/";
    };
  };
in
dockerTools.buildImage (image // { copyToRoot = [ dockerTools.fakeNss greet ]; })
// {
  layered = dockerTools.buildLayeredImage (image // { contents = [ dockerTools.fakeNss greet ]; });
  stream = dockerTools.streamLayeredImage (image // { contents = [ dockerTools.fakeNss greet ]; });
}
