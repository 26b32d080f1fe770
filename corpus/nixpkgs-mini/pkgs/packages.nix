# All packages. Those of this set's own are written here or in a file that callPackage reads; programs that every Debian
# has, or that an administrator installs there, are taken from the machine: see `hostProgram`.
pkgs:
let
  inherit (pkgs) callPackage hostProgram lib;
in
{
  hello = callPackage ./hello.nix { };
  figurine = callPackage ./figurine { };
  dockerTools = callPackage ./docker { };
  closureInfo = callPackage ./build-support/closure-info.nix { };
  nixos = modules: import ../nixos/system.nix { inherit lib; } { inherit pkgs; modules = lib.toList modules; };

  bash = hostProgram { name = "bash"; version = "5.2"; path = "/bin/bash"; };
  coreutils = hostProgram {
    name = "coreutils";
    version = "9.1";
    path = "/bin/cat";
    programs = [ "/bin/cat" "/bin/chmod" "/bin/cp" "/bin/ls" "/bin/mkdir" "/bin/mv" "/bin/rm" "/bin/sleep" "/usr/bin/env" ];
  };
  curl = hostProgram { name = "curl"; version = "7.88"; };
  dnsmasq = hostProgram { name = "dnsmasq"; version = "2.89"; path = "/usr/sbin/dnsmasq"; license = lib.licenses.gpl3Plus; };
  git = hostProgram { name = "git"; version = "2.39"; };
  htop = hostProgram { name = "htop"; version = "3.2"; };
  jq = hostProgram { name = "jq"; version = "1.6"; };
  nftables = hostProgram { name = "nft"; pname = "nftables"; version = "1.0.6"; path = "/usr/sbin/nft"; };
  nginx = hostProgram { name = "nginx"; version = "1.22"; path = "/usr/sbin/nginx"; license = lib.licenses.bsd2; };
  openssh = hostProgram {
    name = "sshd";
    pname = "openssh";
    version = "9.2";
    path = "/usr/sbin/sshd";
    programs = [ "/usr/sbin/sshd" "/usr/bin/ssh" "/usr/bin/ssh-keygen" ];
    license = lib.licenses.bsd2;
  };
  postgresql = hostProgram {
    name = "postgres";
    pname = "postgresql";
    version = "15";
    path = "/usr/lib/postgresql/15/bin/postgres";
    programs = map (program: "/usr/lib/postgresql/15/bin/${program}") [ "postgres" "initdb" "pg_dump" "psql" ];
    license = lib.licenses.postgresql;
  };
  procps = hostProgram { name = "sysctl"; pname = "procps"; version = "4.0"; path = "/usr/sbin/sysctl"; };
  python3 = hostProgram { name = "python3"; version = "3.11"; };
  sudo = hostProgram { name = "sudo"; version = "1.9"; };
  systemd = hostProgram {
    name = "systemctl";
    pname = "systemd";
    version = "252";
    programs = [ "/bin/systemctl" "/lib/systemd/systemd" "/usr/bin/systemd-tmpfiles" ];
  };
  vim = hostProgram { name = "vim"; version = "9.0"; };
}
