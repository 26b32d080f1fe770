# People, system accounts and groups.
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.users;

  user = { name, config, ... }: {
    options = {
      name = mkOption { type = types.strMatching "[a-z_][a-z0-9_-]*"; default = name; description = "The name."; };
      description = mkOption { type = types.singleLineStr; default = ""; example = "Alice Q. User"; description = "The full name."; };
      uid = mkOption { type = types.nullOr types.int; default = null; description = "The number, or null to choose one."; };
      isNormalUser = mkOption { type = types.bool; default = false; description = "Whether this is a person."; };
      isSystemUser = mkOption { type = types.bool; default = false; description = "Whether this is a service."; };
      group = mkOption { type = types.str; default = ""; description = "The main group."; };
      extraGroups = mkOption { type = types.listOf types.str; default = [ ]; description = "Further groups."; };
      home = mkOption { type = types.path; default = "/var/empty"; description = "The home folder."; };
      createHome = mkOption { type = types.bool; default = false; description = "Whether to make it."; };
      shell = mkOption {
        type = types.nullOr (types.either types.package types.path);
        default = "/usr/sbin/nologin";
        description = "The shell.";
      };
      packages = mkOption { type = types.listOf types.package; default = [ ]; description = "Packages for this user only."; };
      hashedPassword = mkOption {
        type = types.nullOr types.str;
        default = null;
        description = "The hash of the password, as `mkpasswd` gives it. With null, no password is accepted.";
      };
      openssh.authorizedKeys.keys = mkOption {
        type = types.listOf types.singleLineStr;
        default = [ ];
        description = "Public keys that open this account.";
      };
    };
    config = lib.mkIf config.isNormalUser {
      group = lib.mkDefault "users";
      home = lib.mkDefault "/home/${config.name}";
      createHome = lib.mkDefault true;
      shell = lib.mkDefault cfg.defaultUserShell;
    };
  };

  group = { name, ... }: {
    options = {
      name = mkOption { type = types.str; default = name; description = "The name."; };
      gid = mkOption { type = types.nullOr types.int; default = null; description = "The number, or null to choose one."; };
      members = mkOption { type = types.listOf types.str; default = [ ]; description = "Members beside those users who name it."; };
    };
  };

  # Gives numbers to those that have none: the next ones from `start`, in the order of names.
  number = key: start: entries:
    let
      taken = lib.concatMap (entry: lib.optional (entry.${key} != null) entry.${key}) entries;
      free = from: if lib.elem from taken then free (from + 1) else from;
      step = { next, done }: entry:
        if entry.${key} != null then { inherit next; done = done ++ [ entry ]; }
        else { next = free (next + 1); done = done ++ [ (entry // { ${key} = next; }) ]; };
    in
    (builtins.foldl' step { next = free start; done = [ ]; } entries).done;

  people = lib.filter (entry: entry.isNormalUser) (lib.attrValues cfg.users);
  services = lib.filter (entry: !entry.isNormalUser) (lib.attrValues cfg.users);
  numbered = number "uid" 1000 people ++ number "uid" 400 services;
  groups = number "gid" 400 (lib.attrValues cfg.groups);
  gidOf = name: toString ((lib.findFirst (entry: entry.name == name) { gid = 65534; } groups).gid);
  members = entry: lib.unique (
    entry.members ++ map (account: account.name) (lib.filter (account: lib.elem entry.name account.extraGroups) numbered)
  );

  shellOf = account:
    if account.shell == null then "/usr/sbin/nologin"
    else if lib.isDerivation account.shell then lib.getExe account.shell
    else toString account.shell;
  passwd = account: "${account.name}:x:${toString account.uid}:${gidOf account.group}:${account.description}:${toString account.home}:${shellOf account}";
  shadow = account: "${account.name}:${if account.hashedPassword == null then "!" else account.hashedPassword}:1::::::";
in
{
  options.users = {
    users = mkOption { type = types.attrsOf (types.submodule user); default = { }; description = "Accounts."; };
    groups = mkOption { type = types.attrsOf (types.submodule group); default = { }; description = "Groups."; };
    mutableUsers = mkOption { type = types.bool; default = true; description = "Whether accounts may be changed on the machine."; };
    defaultUserShell = mkOption {
      type = types.either types.path types.package;
      default = pkgs.bash;
      defaultText = lib.literalExpression "pkgs.bash";
      description = "The shell of people.";
    };
  };

  config = {
    users.users.root = { uid = 0; group = "root"; home = "/root"; shell = lib.mkDefault cfg.defaultUserShell; isSystemUser = true; };
    users.users.nobody = { uid = 65534; group = "nogroup"; isSystemUser = true; };
    users.groups = { root.gid = 0; wheel.gid = 1; users.gid = 100; nogroup.gid = 65534; };

    assertions = lib.concatMap (account: [
      {
        assertion = account.isNormalUser != account.isSystemUser;
        message = "users.users.${account.name}: exactly one of isNormalUser and isSystemUser must be set";
      }
      {
        assertion = cfg.groups ? ${account.group};
        message = "users.users.${account.name}.group is '${account.group}', which users.groups does not have";
      }
    ]) (lib.attrValues cfg.users) ++ [
      {
        assertion = lib.length (lib.unique (map (account: account.uid) numbered)) == lib.length numbered;
        message = "two of users.users have the same uid";
      }
      {
        assertion = cfg.mutableUsers || lib.any (
          account: account.hashedPassword != null || account.openssh.authorizedKeys.keys != [ ]
        ) (lib.filter (account: account.name == "root" || lib.elem "wheel" account.extraGroups) numbered);
        message = "users.mutableUsers is off and no administrator has a password or a key: nobody could log in";
      }
    ];

    environment.etc = lib.mkMerge ([
      {
        passwd = { mode = "0644"; text = lib.concatLines (map passwd numbered); };
        shadow = { mode = "0640"; text = lib.concatLines (map shadow numbered); };
        group = {
          mode = "0644";
          text = lib.concatLines (
            map (entry: "${entry.name}:x:${toString entry.gid}:${lib.concatStringsSep "," (members entry)}") groups
          );
        };
      }
    ] ++ map (account: lib.mkIf (account.packages != [ ]) {
      "profiles/per-user/${account.name}".source = pkgs.buildEnv {
        name = "user-environment-${account.name}";
        paths = account.packages;
        ignoreCollisions = true;
      };
    }) numbered);
    systemd.tmpfiles.rules = map (account: "d ${toString account.home} 0700 ${account.name} ${account.group} -") (
      lib.filter (account: account.createHome) numbered
    );
  };
}
