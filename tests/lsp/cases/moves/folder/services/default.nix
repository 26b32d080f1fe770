{ imports = [ ./web ]; }
