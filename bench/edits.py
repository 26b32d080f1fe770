#!/usr/bin/env python3
"""What an edit of one value of a NixOS system costs: `eval --stay` against an evaluation from the beginning, in turns.

Writes a system of its own that works with nixpkgs 20.09 and later, edits one value after the other, and checks that both answer
the same. Prints seconds of wall time: the median of each, the least and the greatest.
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
}}; }}
"""
# One value of each kind: seen by little of the system, or by nearly all.
EDITS = [("root", "a"), ("key", "BBBB"), ("package", "jq"), ("host", "web-02"), ("root", "b"), ("ssh", "false"), ("key", "CCCC"), ("host", "web-03"),
         ("package", "htop"), ("root", "c")]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ours", required=True)
    parser.add_argument("--nixpkgs", required=True)
    arguments = parser.parse_args()
    ours, environment = os.path.abspath(arguments.ours), os.environ | {"NIX_PATH": f"nixpkgs={os.path.abspath(arguments.nixpkgs)}"}
    values = {"host": "web-01", "ssh": "true", "root": "x", "package": "htop", "key": "AAAA"}
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "system.nix"

        def run(*words):
            begin = time.perf_counter()
            command = [ours, "eval", *words, "--read-only", "-f", "system.nix", "config.system.build.toplevel.drvPath"]
            done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
            if done.returncode != 0:
                sys.exit(done.stderr)
            return time.perf_counter() - begin, done.stdout

        file.write_text(SYSTEM.format(**values))
        run("--no-eval-cache")
        run("--stay", "60")
        edited, anew = [], []
        print("| edited | after the edit | from the beginning |\n|---|---|---|")
        for name, value in EDITS:
            values[name] = value
            file.write_text(SYSTEM.format(**values))
            (quick, answer), (slow, expected) = run("--stay", "60"), run("--no-eval-cache")
            if answer != expected:
                sys.exit(f"{name} = {value}: {answer} instead of {expected}")
            edited.append(quick)
            anew.append(slow)
            print(f"| {name} | {quick:.3f} | {slow:.2f} |", flush=True)
        for label, times in (("after an edit", edited), ("from the beginning", anew)):
            print(f"{label}: {statistics.median(times):.3f} s ({min(times):.3f} to {max(times):.3f})")


if __name__ == "__main__":
    main()
