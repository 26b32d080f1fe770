# Names, addresses and interfaces.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.networking;

  address = family: bits: types.submodule {
    options.address = mkOption { type = types.str; description = "An IPv${toString family} address."; };
    options.prefixLength = mkOption {
      type = types.ints.between 0 bits;
      description = "How many bits of it name the network.";
    };
  };

  interface = { name, ... }: {
    options = {
      name = mkOption { type = types.str; default = name; description = "The name of the interface."; };
      useDHCP = mkOption { type = types.nullOr types.bool; default = null; description = "Whether it asks for its address."; };
      ipv4.addresses = mkOption { type = types.listOf (address 4 32); default = [ ]; description = "Its IPv4 addresses."; };
      ipv6.addresses = mkOption { type = types.listOf (address 6 128); default = [ ]; description = "Its IPv6 addresses."; };
      mtu = mkOption { type = types.nullOr types.ints.positive; default = null; description = "The largest packet."; };
    };
  };

  network = entry: {
    "systemd/network/40-${entry.name}.network".text = ''
      [Match]
      Name=${entry.name}

      [Network]
      DHCP=${if (if entry.useDHCP == null then cfg.useDHCP else entry.useDHCP) then "yes" else "no"}
      ${lib.concatMapStrings ({ address, prefixLength }: "Address=${address}/${toString prefixLength}\n") (
        entry.ipv4.addresses ++ entry.ipv6.addresses
      )}${lib.optionalString (cfg.defaultGateway != null) "Gateway=${cfg.defaultGateway}\n"}${
        lib.concatMapStrings (server: "DNS=${server}\n") cfg.nameservers
      }${lib.optionalString (entry.mtu != null) "[Link]\nMTUBytes=${toString entry.mtu}\n"}'';
  };
in
{
  options.networking = {
    hostName = mkOption {
      type = types.strMatching "$|[[:alnum:]]([[:alnum:]_-]{0,61}[[:alnum:]])?";
      default = "nixos";
      description = "The name of the machine, without its domain. Empty, it is asked for by DHCP.";
    };
    domain = mkOption { type = types.nullOr types.str; default = null; example = "example.org"; description = "Its domain."; };
    fqdn = mkOption {
      type = types.str;
      readOnly = true;
      default =
        if cfg.domain == null then throw "networking.fqdn needs networking.domain" else "${cfg.hostName}.${cfg.domain}";
      defaultText = lib.literalExpression "hostName.domain";
      description = "The full name of the machine.";
    };
    hosts = mkOption {
      type = types.attrsOf (types.listOf types.str);
      default = { };
      example = { "192.0.2.7" = [ "db-01" ]; };
      description = "Names of addresses, for /etc/hosts.";
    };
    interfaces = mkOption { type = types.attrsOf (types.submodule interface); default = { }; description = "The interfaces."; };
    useDHCP = mkOption { type = types.bool; default = true; description = "Whether interfaces ask for their addresses."; };
    defaultGateway = mkOption { type = types.nullOr types.str; default = null; description = "The way to everywhere else."; };
    nameservers = mkOption { type = types.listOf types.str; default = [ ]; description = "Servers that resolve names."; };
  };

  config = {
    networking.hosts = {
      "127.0.0.1" = [ "localhost" ];
      "::1" = [ "localhost" ];
      "127.0.0.2" = lib.mkIf (cfg.hostName != "") (
        lib.optional (cfg.domain != null) "${cfg.hostName}.${cfg.domain}" ++ [ cfg.hostName ]
      );
    };
    environment.etc = lib.mkMerge (
      [
        {
          hosts.text = lib.concatLines (
            lib.mapAttrsToList (address: names: "${address} ${lib.concatStringsSep " " names}") cfg.hosts
          );
          hostname.text = "${cfg.hostName}\n";
        }
      ]
      ++ map network (lib.attrValues cfg.interfaces)
    );
  };
}
