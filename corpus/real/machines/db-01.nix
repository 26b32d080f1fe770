# A database server with nightly dumps.
{ config, pkgs, ... }:
{
  networking.hostName = "db-01";
  services.postgresql = {
    enable = true;
    ensureDatabases = [ "app" ];
    ensureUsers = [
      {
        name = "app";
        ensureDBOwnership = true;
      }
    ];
  };

  systemd.services.dump = {
    description = "Dump of the database";
    startAt = "02:30";
    path = [
      config.services.postgresql.package
      pkgs.gzip
    ];
    script = "pg_dump app | gzip > /var/backup/app.sql.gz";
    serviceConfig.User = "postgres";
  };
}
