# Images of the system, one per variant:  nix build .#nixosConfigurations.web-01.config.system.build.images.qemu
#
# A variant is a module that is added to the configuration, so that each image can differ in any option. It sets
# `image.*`; image-file.nix makes `system.build.image` of that.
{ config, lib, extendModules, ... }:
let
  inherit (lib) mkOption types;

  variants = import ./variants.nix { inherit lib; };

  build = name: module:
    let
      variant = extendModules { modules = [ ./image-file.nix module ]; };
      image = variant.config.system.build.image;
    in
    image // {
      passthru = image.passthru // {
        inherit (variant) config;
        inherit (variant.config.image) filePath;
      };
    };
in
{
  options.image.modules = mkOption {
    type = types.attrsOf types.deferredModule;
    description = "What each variant adds to the configuration. New names make new variants.";
  };
  options.virtualisation.diskSize = mkOption {
    type = types.ints.positive;
    default = 32;
    description = "The size of disk images in MiB; the first boot may grow it.";
  };

  config.image.modules = variants;
  config.system.build.images = lib.mapAttrs build config.image.modules;
}
