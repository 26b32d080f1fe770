# The packet filter: everything from outside is refused but what a module or a user opens.
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.networking.firewall;

  portRange = types.submodule {
    options.from = mkOption { type = types.port; description = "The first port."; };
    options.to = mkOption { type = types.port; description = "The last port."; };
  };
  ports = {
    allowedTCPPorts = mkOption { type = types.listOf types.port; default = [ ]; apply = canonical; description = "Open TCP ports."; };
    allowedUDPPorts = mkOption { type = types.listOf types.port; default = [ ]; apply = canonical; description = "Open UDP ports."; };
    allowedTCPPortRanges = mkOption { type = types.listOf portRange; default = [ ]; description = "Open ranges of TCP ports."; };
    allowedUDPPortRanges = mkOption { type = types.listOf portRange; default = [ ]; description = "Open ranges of UDP ports."; };
  };
  canonical = list: lib.unique (lib.sort (a: b: a < b) list);

  # accept "iifname eth0 " set: the rules for the ports of one set.
  accept = condition: set:
    let
      elements = single: ranges: map toString single ++ map ({ from, to }: "${toString from}-${toString to}") ranges;
      rule = protocol: list:
        lib.optional (list != [ ]) "${condition}${protocol} dport { ${lib.concatStringsSep ", " list} } accept";
    in
    rule "tcp" (elements set.allowedTCPPorts set.allowedTCPPortRanges)
    ++ rule "udp" (elements set.allowedUDPPorts set.allowedUDPPortRanges);

  ruleset = pkgs.writeText "firewall.nft" ''
    table inet firewall {
      chain input {
        type filter hook input priority filter; policy drop;
        iifname lo accept
        ct state established,related accept
    ${lib.concatMapStrings (interface: "    iifname ${interface} accept\n") cfg.trustedInterfaces
    + lib.concatMapStrings (rule: "    ${rule}\n") (
      accept "" cfg
      ++ lib.concatLists (lib.mapAttrsToList (name: accept "iifname ${name} ") cfg.interfaces)
      ++ lib.optional cfg.allowPing "icmp type echo-request accept"
    )}    icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert } accept
    ${lib.indent "    " cfg.extraInputRules}
        ${lib.optionalString cfg.logRefusedConnections "log prefix \"refused: \" "}drop
      }
    }
  '';
in
{
  options.networking.firewall = ports // {
    enable = mkOption { type = types.bool; default = true; description = "Whether to filter packets."; };
    allowPing = mkOption { type = types.bool; default = true; description = "Whether to answer pings."; };
    logRefusedConnections = mkOption { type = types.bool; default = true; description = "Whether to log what is refused."; };
    trustedInterfaces = mkOption { type = types.listOf types.str; default = [ ]; description = "Interfaces without a filter."; };
    extraInputRules = mkOption { type = types.lines; default = ""; description = "Further rules of nftables."; };
    interfaces = mkOption {
      type = types.attrsOf (types.submodule { options = ports; });
      default = { };
      example = { eth1.allowedUDPPorts = [ 53 ]; };
      description = "Ports that are open on one interface only.";
    };
  };

  config = lib.mkIf cfg.enable {
    environment.etc."nftables.d/firewall.nft".source = ruleset;
    systemd.services.firewall = {
      description = "Firewall";
      wantedBy = [ "sysinit.target" ];
      before = [ "network-pre.target" ];
      wants = [ "network-pre.target" ];
      reloadIfChanged = true;
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
        ExecStart = "${pkgs.nftables}/bin/nft -f ${ruleset}";
        ExecReload = "${pkgs.nftables}/bin/nft -f ${ruleset}";
        ExecStop = "${pkgs.nftables}/bin/nft delete table inet firewall";
      };
    };
  };
}
