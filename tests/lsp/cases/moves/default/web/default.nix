{ imports = [ ./. ]; }
