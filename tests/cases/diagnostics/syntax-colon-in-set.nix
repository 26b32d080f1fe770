{ port: 80; }
