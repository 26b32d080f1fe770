# The database server PostgreSQL.
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.services.postgresql;

  account = { name, ... }: {
    options = {
      name = mkOption { type = types.str; default = name; description = "The name."; };
      ensureDBOwnership = mkOption { type = types.bool; default = false; description = "Whether it owns the database of its name."; };
    };
  };

  quote = value:
    if value == true then "yes" else if value == false then "no"
    else if builtins.isString value then "'${lib.replaceStrings [ "'" ] [ "''" ] value}'" else toString value;
  configFile = pkgs.writeText "postgresql.conf" (
    lib.concatMapAttrsStringSep "" (name: value: "${name} = ${quote value}\n") (
      lib.filterAttrs (_: value: value != null) cfg.settings
    )
  );
  authentication = pkgs.writeText "pg_hba.conf" cfg.authentication;

  # Each statement is run again at every start, so it has to do nothing where all is there.
  ensure = pkgs.writeText "ensure.sql" (
    lib.concatMapStrings (name: "SELECT 'CREATE DATABASE \"${name}\"' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '${name}')\\gexec\n") cfg.ensureDatabases
    + lib.concatMapStrings (
      user: "SELECT 'CREATE ROLE \"${user.name}\" LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${user.name}')\\gexec\n"
        + lib.optionalString user.ensureDBOwnership "ALTER DATABASE \"${user.name}\" OWNER TO \"${user.name}\";\n"
    ) cfg.ensureUsers
  );
in
{
  options.services.postgresql = {
    enable = lib.mkEnableOption "the database server PostgreSQL";
    package = lib.mkPackageOption pkgs "postgresql" { };
    dataDir = mkOption {
      type = types.path;
      default = "/var/lib/postgresql/${cfg.package.version}";
      defaultText = lib.literalExpression "/var/lib/postgresql/VERSION";
      description = "Where the data lies.";
    };
    enableTCPIP = lib.mkEnableOption "connections over the network";
    authentication = mkOption { type = types.lines; description = "The lines of pg_hba.conf; the first that fits decides."; };
    settings = mkOption {
      type = types.submodule {
        freeformType = types.attrsOf (types.nullOr (types.oneOf [ types.bool types.int types.float types.str ]));
        options.port = mkOption { type = types.port; default = 5432; description = "Where it listens."; };
        options.log_destination = mkOption { type = types.str; default = "syslog"; description = "Where it writes its log."; };
      };
      default = { };
      description = "Settings of postgresql.conf.";
    };
    ensureDatabases = mkOption { type = types.listOf types.str; default = [ ]; description = "Databases that must be there."; };
    ensureUsers = mkOption { type = types.listOf (types.submodule account); default = [ ]; description = "Roles that must be there."; };
  };

  config = lib.mkIf cfg.enable {
    assertions = map (user: {
      assertion = user.ensureDBOwnership -> lib.elem user.name cfg.ensureDatabases;
      message = "services.postgresql.ensureUsers: '${user.name}' is to own a database that ensureDatabases does not have";
    }) cfg.ensureUsers;

    services.postgresql.settings = {
      hba_file = "${authentication}";
      listen_addresses = if cfg.enableTCPIP then "*" else "localhost";
    };
    services.postgresql.authentication = lib.mkAfter ''
      local all all peer
      host all all 127.0.0.1/32 md5
      host all all ::1/128 md5
    '';

    users.users.postgres = { isSystemUser = true; group = "postgres"; home = cfg.dataDir; };
    users.groups.postgres = { };
    environment.systemPackages = [ cfg.package ];
    systemd.tmpfiles.rules = [ "d ${toString cfg.dataDir} 0750 postgres postgres -" ];

    systemd.services.postgresql = {
      description = "PostgreSQL";
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" ];
      environment.PGDATA = toString cfg.dataDir;
      path = [ cfg.package ];
      preStart = ''
        if ! test -e "$PGDATA/PG_VERSION"; then initdb -U postgres; fi
        ln -sfn ${configFile} "$PGDATA/postgresql.conf"
      '';
      serviceConfig = {
        ExecStart = "${lib.getExe cfg.package}";
        ExecStartPost = "${lib.getExe' cfg.package "psql"} -d postgres -f ${ensure}";
        User = "postgres";
        Group = "postgres";
        Type = "notify";
        TimeoutSec = 120;
      };
    };
  };
}
