lib.mapAttrs (name: value: someFunctionOf name value { inherit name value; }) attributesOfThisVeryLongNamedThing
