# Address translation between networks.
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.networking.nat;

  forward = types.submodule {
    options = {
      sourcePort = mkOption { type = types.port; description = "The port on the outside."; };
      destination = mkOption { type = types.str; example = "10.0.0.2:80"; description = "Where it leads."; };
      proto = mkOption { type = types.enum [ "tcp" "udp" ]; default = "tcp"; description = "The protocol."; };
    };
  };

  ruleset = pkgs.writeText "nat.nft" ''
    table ip nat {
      chain prerouting {
        type nat hook prerouting priority dstnat;
    ${lib.concatMapStrings (
      { sourcePort, destination, proto }:
      "    iifname ${cfg.externalInterface} ${proto} dport ${toString sourcePort} dnat to ${destination}\n"
    ) cfg.forwardPorts}  }
      chain postrouting {
        type nat hook postrouting priority srcnat;
    ${lib.concatMapStrings (
      interface: "    iifname ${interface} oifname ${cfg.externalInterface} masquerade\n"
    ) cfg.internalInterfaces}  }
    }
  '';
in
{
  options.networking.nat = {
    enable = lib.mkEnableOption "network address translation";
    externalInterface = mkOption { type = types.nullOr types.str; default = null; description = "The way to the outside."; };
    internalInterfaces = mkOption { type = types.listOf types.str; default = [ ]; description = "The networks inside."; };
    forwardPorts = mkOption { type = types.listOf forward; default = [ ]; description = "Ports that lead inside."; };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = cfg.externalInterface != null;
        message = "networking.nat.enable needs networking.nat.externalInterface";
      }
    ];
    boot.kernel.sysctl = {
      "net.ipv4.conf.all.forwarding" = lib.mkOverride 99 true;
      "net.ipv4.conf.default.forwarding" = lib.mkOverride 99 true;
    };
    systemd.services.nat = {
      description = "Network address translation";
      wantedBy = [ "network.target" ];
      after = [ "network-pre.target" ];
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
        ExecStart = "${pkgs.nftables}/bin/nft -f ${ruleset}";
        ExecStop = "${pkgs.nftables}/bin/nft delete table ip nat";
      };
    };
  };
}
