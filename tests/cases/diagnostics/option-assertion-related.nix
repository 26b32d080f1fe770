# Nothing defines what the message asks for; what is there by a part of its name may have led to it.
let
  reports = import ./fixtures/reports.nix;
  file = ./fixtures/option-assertion-related.nix;
in
builtins.seq (import file) (reports.assertions [ "accept the terms by `security.acme.acceptTerms`" ])
