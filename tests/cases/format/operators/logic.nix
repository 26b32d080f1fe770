a&&b||c->d
