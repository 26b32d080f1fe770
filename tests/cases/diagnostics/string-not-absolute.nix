import "fixtures/option-type.nix"
