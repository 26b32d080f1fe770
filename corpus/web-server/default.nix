# A web server's configuration, built with a module system of forty lines and no other input than Nix itself.
let
  lib = import ./modules.nix;

  virtualHosts = { config, ... }: {
    options = {
      server.listen = lib.option { type = "int"; default = 8080; };
      server.name = lib.option { type = "string"; };
      server.hosts = lib.option { type = "set"; default = { }; };
      server.configText = lib.option { type = "string"; };
    };
    config.server.configText =
      let
        location = path: target: "    location ${path} { proxy_pass ${target}; }\n";
        host = name: h: ''
          server {
            listen ${toString config.server.listen};
            server_name ${name}.${config.server.name};
            root ${h.root or "/var/www/${name}"};
          ${lib.concatMapAttrs location (h.locations or { })}}
        '';
      in
      lib.concatMapAttrs host config.server.hosts;
  };

  site = {
    config.server.name = "example.org";
    config.server.hosts = {
      www = { root = "/srv/www"; };
      api.locations = {
        "/v1" = "http://127.0.0.1:9001";
        "/v2" = "http://127.0.0.1:9002";
      };
    };
  };

  config = lib.evaluate [ virtualHosts site ];

  configFile = builtins.toFile "server.conf" config.server.configText;
in
derivation {
  name = "web-server-${builtins.hashString "md5" config.server.name}";
  system = "x86_64-linux";
  builder = "/bin/sh";
  args = [ "-c" "cp ${configFile} $out" ];
  outputs = [ "out" ];
  listen = config.server.listen;
  hostNames = builtins.attrNames config.server.hosts;
}
