# The database server: reachable from the fleet's own network only.
{ config, lib, pkgs, inventory, ... }:
let
  backups = "/var/backups/postgresql";
in
{
  networking.hostName = "db-01";
  networking.interfaces.eth0.ipv4.addresses = [ { address = inventory.db-01; prefixLength = 24; } ];
  networking.firewall.interfaces.eth0.allowedTCPPorts = [ config.services.postgresql.settings.port ];

  services.postgresql = {
    enable = true;
    enableTCPIP = true;
    ensureDatabases = [ "guestbook" ];
    ensureUsers = [ { name = "guestbook"; ensureDBOwnership = true; } ];
    authentication = ''
      host guestbook guestbook ${inventory.web-01}/32 scram-sha-256
    '';
    settings = {
      shared_buffers = "1GB";
      max_connections = 200;
      log_min_duration_statement = 500;
      synchronous_commit = true;
    };
  };

  systemd.services.postgresql-backup = {
    description = "Backup of all databases";
    startAt = [ "*-*-* 02:30:00" ];
    path = [ config.services.postgresql.package ];
    script = ''
      pg_dump guestbook > ${backups}/guestbook-"$(date +%F)".sql
    '';
    serviceConfig = { Type = "oneshot"; User = "postgres"; };
  };
  systemd.tmpfiles.rules = [ "d ${backups} 0700 postgres postgres 30d" ];

  boot.kernel.sysctl."vm.swappiness" = 1;
  fileSystems."/var/lib/postgresql" = {
    device = "/dev/disk/by-label/data";
    fsType = "ext4";
    options = [ "noatime" ];
  };
  virtualisation.diskSize = 48;
}
