# Container images in the format of `docker save`. The tools of the machine make them; no daemon is needed, and the same
# inputs give the same bytes: entries are sorted, owned by root and of one fixed date.
#
#   streamLayeredImage  a program that writes the archive, so that the store never holds it
#   buildLayeredImage   the archive, with store paths spread over several layers
#   buildImage          the archive, with all contents in one layer
#
# `docker load < $(nix-build …)` reads them, `skopeo inspect docker-archive:…` shows them.
{ lib, stdenv, buildEnv, runCommand, runCommandLocal, writeJSON, writeScript, writeTextDir }:
let
  # The file that image.py works from: which store paths make which layer.
  plan =
    { name
    , tag ? null
    , contents ? [ ]
    , config ? { }
    , fromImage ? null
    , maxLayers ? 100
    , created ? "1970-01-01T00:00:01Z"
    , architecture ? stdenv.hostPlatform.ociArch
    , extraCommands ? ""
    , uid ? 0
    , gid ? 0
    , singleLayer ? false
    }@arguments:
    let
      root = runCommandLocal "${baseNameOf name}-root" { } ''
        mkdir "$out"
        cp -RP --no-preserve=ownership ${buildEnv { name = "contents"; paths = lib.toList contents; }}/. "$out/"
        chmod -R u+w "$out"
        cd "$out"
        ${extraCommands}
      '';
      specification = writeJSON "${baseNameOf name}-specification.json" {
        inherit name created architecture maxLayers singleLayer config uid gid;
        tag = imageTag arguments;
        fromImage = if fromImage == null then null else "${fromImage}";
        root = "${root}";
      };
      layers = runCommandLocal "${baseNameOf name}-plan.json"
        { exportReferencesGraph = [ "graph" (writeJSON "image-roots.json" [ root config ]) ]; passthru = { inherit root; }; }
        "python3 ${./layers.py} graph ${specification} > $out";
    in
    layers;

  # Without a tag, one is made of the inputs' hash.
  imageTag = arguments:
    if arguments.tag or null != null then arguments.tag
    else builtins.substring 0 32 (builtins.hashString "sha256" (
      builtins.unsafeDiscardStringContext (builtins.toJSON (removeAttrs arguments [ "tag" ]))
    ));

  passthruOf = arguments: {
    imageName = arguments.name;
    imageTag = imageTag arguments;
  };

  streamLayeredImage = arguments:
    let
      layers = plan arguments;
    in
    writeScript "stream-${baseNameOf arguments.name}" ''
      #!/bin/sh
      # Writes the image as an archive to standard output.
      exec /usr/bin/python3 ${./image.py} ${layers}
    '' // passthruOf arguments;

  # Debian 12's skopeo reads archives that are plain or compressed by xz, but not by gzip: plain is the default.
  compressors = {
    none = { suffix = "tar"; command = "cat"; };
    gz = { suffix = "tar.gz"; command = "gzip -n -9"; };
    xz = { suffix = "tar.xz"; command = "xz -9"; };
  };

  archive = { compressor ? "none", ... }@given:
    let
      arguments = removeAttrs given [ "compressor" ];
      inherit (compressors.${compressor}) suffix command;
    in
    runCommand "${baseNameOf arguments.name}.${suffix}"
      { passthru = passthruOf arguments; meta.description = "Container image ${arguments.name}"; }
      "${streamLayeredImage arguments} | ${command} > $out";
in
{
  inherit streamLayeredImage;
  buildLayeredImage = archive;

  # Takes `copyToRoot` where the others take `contents`.
  buildImage = { copyToRoot ? [ ], runAsRoot ? null, ... }@arguments:
    lib.throwIf (runAsRoot != null)
      "dockerTools.buildImage: runAsRoot needs a virtual machine, which this set does not have; use extraCommands"
      (archive (removeAttrs arguments [ "copyToRoot" "runAsRoot" ] // {
        contents = lib.toList copyToRoot;
        singleLayer = true;
      }));

  # The files that most programs expect at the root.
  fakeNss = buildEnv {
    name = "fake-nss";
    paths = [
      (writeTextDir "etc/passwd" ''
        root:x:0:0:root user:/var/empty:/bin/sh
        nobody:x:65534:65534:nobody:/var/empty:/bin/sh
      '')
      (writeTextDir "etc/group" ''
        root:x:0:
        nobody:x:65534:
      '')
      (writeTextDir "etc/nsswitch.conf" ''
        hosts: files dns
      '')
    ];
  };
}
