# Marks on definitions: when they hold, which of several wins, and in which order they are merged.
#
# A mark is a set with `_type`; lib.modules takes it off again. A lower number wins, and comes first.
{ lib }:
rec {
  mkIf = condition: content: { _type = "if"; inherit condition content; };
  mkMerge = contents: { _type = "merge"; inherit contents; };

  mkOverride = priority: content: { _type = "override"; inherit priority content; };
  mkForce = mkOverride 50;
  mkImageMediaOverride = mkOverride 60;
  mkVMOverride = mkOverride 10;
  mkDefault = mkOverride 1000;
  # The priority of the default that an option's declaration gives.
  mkOptionDefault = mkOverride 1500;
  defaultPriority = 100;

  mkOrder = order: content: { _type = "order"; inherit order content; };
  mkBefore = mkOrder 500;
  mkAfter = mkOrder 1500;
  defaultOrder = 1000;
}
