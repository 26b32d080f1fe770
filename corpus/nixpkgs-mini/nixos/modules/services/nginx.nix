# The web server nginx and its virtual hosts.
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkOption mkEnableOption types;
  cfg = config.services.nginx;

  location = {
    options = {
      root = mkOption { type = types.nullOr types.path; default = null; description = "The folder of its files."; };
      alias = mkOption { type = types.nullOr types.path; default = null; description = "The folder that takes its place."; };
      index = mkOption { type = types.nullOr types.str; default = null; description = "The file for a folder."; };
      tryFiles = mkOption { type = types.nullOr types.str; default = null; example = "$uri =404"; description = "Files to try."; };
      return = mkOption { type = types.nullOr (types.either types.str types.int); default = null; description = "The answer."; };
      proxyPass = mkOption { type = types.nullOr types.str; default = null; example = "http://[::1]:8000"; description = "The server behind."; };
      proxyWebsockets = mkOption { type = types.bool; default = false; description = "Whether to pass on websockets."; };
      priority = mkOption { type = types.int; default = 1000; description = "Lower ones come first."; };
      extraConfig = mkOption { type = types.lines; default = ""; description = "Further lines."; };
    };
  };

  listen = types.submodule {
    options = {
      addr = mkOption { type = types.str; description = "The address."; };
      port = mkOption { type = types.port; default = 80; description = "The port."; };
      ssl = mkOption { type = types.bool; default = false; description = "Whether it speaks TLS."; };
    };
  };

  virtualHost = { name, config, ... }: {
    options = {
      serverName = mkOption { type = types.str; default = name; description = "The name of the host."; };
      serverAliases = mkOption { type = types.listOf types.str; default = [ ]; description = "Further names."; };
      default = mkOption { type = types.bool; default = false; description = "Whether it answers for unknown names."; };
      listen = mkOption { type = types.listOf listen; default = [ ]; description = "Where to listen; nothing means everywhere."; };
      root = mkOption { type = types.nullOr types.path; default = null; description = "The folder of its files."; };
      locations = mkOption { type = types.attrsOf (types.submodule location); default = { }; description = "Parts of the host."; };
      enableACME = mkOption { type = types.bool; default = false; description = "Whether to ask for a certificate."; };
      forceSSL = mkOption { type = types.bool; default = false; description = "Whether HTTP leads to HTTPS."; };
      addSSL = mkOption { type = types.bool; default = false; description = "Whether to offer HTTPS beside HTTP."; };
      sslCertificate = mkOption { type = types.nullOr types.path; default = null; description = "The certificate."; };
      sslCertificateKey = mkOption { type = types.nullOr types.path; default = null; description = "Its key."; };
      extraConfig = mkOption { type = types.lines; default = ""; description = "Further lines."; };
    };
    config = lib.mkIf config.enableACME {
      sslCertificate = lib.mkDefault "/var/lib/acme/${config.serverName}/fullchain.pem";
      sslCertificateKey = lib.mkDefault "/var/lib/acme/${config.serverName}/key.pem";
    };
  };

  ## From sets to nginx's language

  setting = name: value: lib.optionalString (value != null) "${name} ${toString value};\n";
  block = head: body: "${head} {\n${lib.indent "  " (lib.removeSuffix "\n" body)}\n}\n";

  locationText = path: part: block "location ${path}" (
    lib.concatStrings [
      (setting "root" part.root)
      (setting "alias" part.alias)
      (setting "index" part.index)
      (setting "try_files" part.tryFiles)
      (setting "return" part.return)
      (setting "proxy_pass" part.proxyPass)
      (lib.optionalString part.proxyWebsockets ''
        proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection "upgrade";
      '')
      (lib.optionalString (part.proxyPass != null && cfg.recommendedProxySettings) ''
        proxy_set_header Host $host;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        proxy_set_header X-Forwarded-Proto $scheme;
      '')
      part.extraConfig
    ]
  );

  usesTls = host: host.forceSSL || host.addSSL;
  listens = host:
    let
      everywhere = port: ssl: map (addr: { inherit addr port ssl; }) [ "0.0.0.0" "[::0]" ];
    in
    if host.listen != [ ] then host.listen
    else lib.optionals (!host.forceSSL) (everywhere 80 false) ++ lib.optionals (usesTls host) (everywhere 443 true);
  listenText = host: { addr, port, ssl }:
    "listen ${addr}:${toString port}${lib.optionalString ssl " ssl"}${lib.optionalString host.default " default_server"};\n";

  byPriority = locations: lib.sort (a: b: a.value.priority < b.value.priority) (lib.attrsToList locations);
  hostText = host:
    let
      names = setting "server_name" (lib.concatStringsSep " " ([ host.serverName ] ++ host.serverAliases));
      redirect = block "server" ''
        listen 0.0.0.0:80;
        listen [::0]:80;
        ${names}location / { return 301 https://$host$request_uri; }
      '';
    in
    lib.optionalString host.forceSSL redirect
    + block "server" (
      lib.concatMapStrings (listenText host) (listens host)
      + names
      + setting "root" host.root
      + lib.optionalString (usesTls host) (
        setting "ssl_certificate" host.sslCertificate + setting "ssl_certificate_key" host.sslCertificateKey
      )
      + lib.concatMapStrings ({ name, value }: locationText name value) (byPriority host.locations)
      + host.extraConfig
    );

  configFile = pkgs.writeText "nginx.conf" ''
    daemon off;
    pid /run/nginx/nginx.pid;
    user ${cfg.user} ${cfg.group};
    events { }
    ${block "http" ''
      access_log syslog:server=unix:/dev/log;
      server_tokens ${if cfg.serverTokens then "on" else "off"};
      ${lib.optionalString cfg.recommendedGzipSettings "gzip on;\ngzip_vary on;\ngzip_types application/json text/css;\n"}${
        lib.optionalString cfg.recommendedTlsSettings "ssl_protocols TLSv1.2 TLSv1.3;\nssl_session_tickets off;\n"
      }${cfg.commonHttpConfig}
      ${lib.concatMapStrings hostText (lib.attrValues cfg.virtualHosts)}''}
  '';
in
{
  imports = [
    (lib.mkRenamedOptionModule [ "services" "nginx" "httpConfig" ] [ "services" "nginx" "commonHttpConfig" ])
    (lib.mkRemovedOptionModule [ "services" "nginx" "stateDir" ] "nginx keeps its state in /var/lib/nginx.")
  ];

  options.services.nginx = {
    enable = mkEnableOption "the web server nginx";
    package = lib.mkPackageOption pkgs "nginx" { };
    user = mkOption { type = types.str; default = "nginx"; description = "The account it runs as."; };
    group = mkOption { type = types.str; default = "nginx"; description = "The group it runs as."; };
    serverTokens = mkOption { type = types.bool; default = false; description = "Whether to tell its version."; };
    recommendedGzipSettings = mkEnableOption "recommended settings of compression";
    recommendedTlsSettings = mkEnableOption "recommended settings of TLS";
    recommendedProxySettings = mkEnableOption "recommended settings of proxies";
    commonHttpConfig = mkOption { type = types.lines; default = ""; description = "Further lines for all hosts."; };
    virtualHosts = mkOption {
      type = types.attrsOf (types.submodule virtualHost);
      default = { };
      example = { "example.org".root = "/srv/www"; };
      description = "The hosts that it serves.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = lib.concatLists (
      lib.mapAttrsToList (name: host: [
        {
          assertion = usesTls host -> host.sslCertificate != null;
          message = "services.nginx.virtualHosts.\"${name}\" uses TLS and has no certificate: set enableACME or sslCertificate";
        }
        {
          assertion = !(host.forceSSL && host.addSSL);
          message = "services.nginx.virtualHosts.\"${name}\": forceSSL and addSSL exclude each other";
        }
      ]) cfg.virtualHosts
    );

    security.acme.certs = lib.mapAttrs' (
      _: host: lib.nameValuePair host.serverName { extraDomainNames = host.serverAliases; }
    ) (lib.filterAttrs (_: host: host.enableACME) cfg.virtualHosts);

    users.users.${cfg.user} = { inherit (cfg) group; isSystemUser = true; };
    users.groups.${cfg.group} = { };

    environment.etc."nginx/nginx.conf".source = configFile;
    systemd.services.nginx = {
      description = "Web server nginx";
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" ];
      serviceConfig = {
        ExecStart = "${lib.getExe cfg.package} -c ${configFile}";
        ExecReload = "/bin/kill -HUP $MAINPID";
        Restart = "always";
        RestartSec = 10;
        RuntimeDirectory = "nginx";
        StateDirectory = "nginx";
        AmbientCapabilities = [ "CAP_NET_BIND_SERVICE" ];
        NoNewPrivileges = true;
        ProtectSystem = "strict";
      };
    };
  };
}
