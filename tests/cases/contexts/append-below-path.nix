builtins.appendContext "a" { "/nix/store/gmzdrk8k0jbnbvvdf0517iyixgkvqnil-t/x".path = true; }
