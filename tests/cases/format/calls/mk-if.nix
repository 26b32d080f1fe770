mkIf (config.a.b.enable && config.c.d.enable && config.e.f.enable && config.g.h.enable) { x = 1; }
