#!/usr/bin/env python3
"""Learns which code is hot and writes it to bench/evalctl.profdata, from which the release build lays it out.

  bench/train.py [--nixpkgs FOLDER]...

Builds the preset `train`, whose evalctl counts what it runs, and runs with it the workloads of bench/, the fleet of corpus/,
the formatter and the NixOS systems of each tree of nixpkgs given; with none, NIXPKGS_2009 and NIXPKGS_2607 are taken where
they are set. To be repeated after larger changes: functions that have changed since are compiled as without a profile.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
EVALCTL = ROOT / "build" / "train" / "evalctl"
PROFILE = ROOT / "bench" / "evalctl.profdata"
MERGE = "llvm-profdata-22"
# Without the cache and with it, which covers both ways to a lowered file.
PARSED = ["--option", "parse-cache", "false"]


def workloads(nixpkgs):
    """The words of each run."""
    interpreted = ["eval", "--tier", "interpreter", "--no-eval-cache"]
    for file in sorted((ROOT / "bench" / "workloads").glob("*.nix")):
        if not file.name.startswith("nixpkgs-"):
            yield [*interpreted, "--file", file]
    fleet = ROOT / "corpus" / "fleet" / "default.nix"
    for host in ("web-01", "db-01"):
        yield [*interpreted, "--file", fleet, "-A", f"nixosConfigurations.{host}.config.system.build.toplevel.drvPath"]
    for folder in nixpkgs:
        for name, *part in (["hello"], ["fleet", "-A", "web-1.drvPath"]):
            asked = ["-I", f"nixpkgs={folder}", "--file", ROOT / "bench" / "workloads" / f"nixpkgs-{name}.nix", *part]
            words = [*interpreted, "--read-only", *asked]
            yield [*words, *PARSED]
            yield words
            yield words
            # What machine code calls: with that of the first of these runs.
            yield ["cache", "warm", *asked]
            yield ["eval", "--no-eval-cache", "--read-only", *asked]
            yield ["eval", "--no-eval-cache", "--read-only", *asked]
        yield ["fmt", "--check", pathlib.Path(folder) / "pkgs" / "development"]
    yield ["fmt", "--check", ROOT / "corpus"]


def run(nixpkgs):
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "LLVM_PROFILE_FILE": f"{folder}/%p-%m.profraw", "XDG_CACHE_HOME": f"{folder}/cache"}
        for words in workloads(nixpkgs):
            print("evalctl", *words, file=sys.stderr)
            done = subprocess.run([EVALCTL, *words], env=environment, stdout=subprocess.DEVNULL, check=False)
            if done.returncode != 0 and words[0] != "fmt":
                sys.exit(f"it ended with status {done.returncode}")
        counts = sorted(pathlib.Path(folder).glob("*.profraw"))
        fresh = PROFILE.with_suffix(".new")
        subprocess.run([MERGE, "merge", "--sparse", "-o", fresh, *counts], check=True)
        fresh.replace(PROFILE)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nixpkgs", action="append", default=[])
    arguments = parser.parse_args()
    known = [os.environ[name] for name in ("NIXPKGS_2009", "NIXPKGS_2607") if name in os.environ]
    for step in (["cmake", "--preset", "train"], ["cmake", "--build", "--preset", "train", "--target", "evalctl", "evalctl-jit"]):
        subprocess.run(step, cwd=ROOT, check=True)
    run(arguments.nixpkgs or known)


if __name__ == "__main__":
    main()
