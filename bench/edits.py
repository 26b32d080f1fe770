#!/usr/bin/env python3
"""What an edit of a NixOS system costs: `eval --stay` against an evaluation from the beginning, in turns.

Writes a system of its own that works with nixpkgs 20.09 and later, edits one value after the other, then adds one line after the
other, and checks that both answer the same. Each time the process that stayed has evaluated before. Prints seconds of wall time:
the median of each, the least and the greatest.
"""

import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

SYSTEM = """import <nixpkgs/nixos> {{ configuration = {{ config, pkgs, ... }}: {{
  boot.loader.grub.device = "/dev/sda";
  fileSystems."/" = {{ device = "/dev/sda1"; fsType = "ext4"; }};
  nixpkgs.overlays = [ (final: prev: {{ shellcheck-minimal = prev.hello // {{ compiler.bootstrapAvailable = false; }}; }}) ];
  system.stateVersion = "20.09";
  documentation.nixos.enable = true;
  networking.hostName = "{host}";
  services.openssh.enable = {ssh};
  services.nginx.enable = true;
  services.nginx.virtualHosts."example.org".root = "/srv/{root}";
  environment.systemPackages = with pkgs; [ git {package} ];
  users.users.deploy = {{ isNormalUser = true; openssh.authorizedKeys.keys = [ "ssh-ed25519 {key}" ]; }};
  {lines}
}}; }}
"""
# One value of each kind: seen by little of the system, or by nearly all.
EDITS = [("root", "a"), ("key", "BBBB"), ("package", "jq"), ("host", "web-02"), ("root", "b"), ("ssh", "false"), ("key", "CCCC"), ("host", "web-03"),
         ("package", "htop"), ("root", "c")]
LINES = ["networking.firewall.allowedTCPPorts = [ 8080 ];", 'environment.etc.note.text = "x";', "users.users.other.isNormalUser = true;",
         'services.nginx.virtualHosts."two.org".root = "/srv/two";', "services.openssh.ports = [ 22 2222 ];"]
ANSWERS = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "evalctl" / "answers"


def sockets():
    return set(ANSWERS.glob("*.socket"))


def print_times(what, times):
    print(f"{what}: {statistics.median(times):.3f} s ({min(times):.3f} to {max(times):.3f})")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ours", required=True)
    parser.add_argument("--nixpkgs", required=True)
    arguments = parser.parse_args()
    ours, environment = os.path.abspath(arguments.ours), os.environ | {"NIX_PATH": f"nixpkgs={os.path.abspath(arguments.nixpkgs)}"}
    values = {"host": "web-01", "ssh": "true", "root": "x", "package": "htop", "key": "AAAA", "lines": ""}
    others = sockets()
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "system.nix"

        def run(*words):
            begin = time.perf_counter()
            command = [ours, "eval", *words, "--read-only", "-f", "system.nix", "config.system.build.toplevel.drvPath"]
            done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
            if done.returncode != 0:
                sys.exit(done.stderr)
            return time.perf_counter() - begin, done.stdout

        def edit(label, what, edited, anew):
            file.write_text(SYSTEM.format(**values))
            (quick, answer), (slow, expected) = run("--stay", "60"), run("--no-eval-cache")
            if answer != expected:
                sys.exit(f"{label} {what}: {answer} instead of {expected}")
            edited.append(quick)
            anew.append(slow)
            print(f"| {label} | {quick:.3f} | {slow:.2f} |", flush=True)
            while not sockets() - others:
                time.sleep(0.01)

        file.write_text(SYSTEM.format(**values))
        run("--no-eval-cache")
        edited, added, anew = [], [], []
        print("| edited | after the edit | from the beginning |\n|---|---|---|")
        edit("nothing was there", "", [], anew)
        for name, value in EDITS:
            values[name] = value
            edit(name, value, edited, anew)
        for line in LINES:
            values["lines"] += line + "\n  "
            edit(f"`{line}`", "added", added, anew)
        print_times("after an edit of a value", edited)
        print_times("after a line was added", added)
        print_times("from the beginning", anew)


if __name__ == "__main__":
    main()
