#!/usr/bin/env python3
"""Holds evalctl to Nix's results on real nixpkgs, which is no part of this project: the environment says where it is.

NIXPKGS_2009            a tree of nixpkgs 20.09; Debian's nix-instantiate is asked for the right answers
NIXPKGS_2607            a tree of July 2026, or any that has what corpus/real uses
NIXPKGS_2607_EXPECTED   a file (.json or .json.xz) of paths by name of package, as a newer Nix gives them for that tree
FLAKE_INPUTS            a folder with trees of the other inputs of corpus/real, by their names
EVERY                   how many packages to pass over for each that is looked at (default 50; 1: none)

Exit status 77 (skipped) without any tree. The last line of the output is `N passed, M failed`.
"""

import json
import lzma
import os
import pathlib
import re
import shutil
import subprocess
import sys

import runner

HERE = pathlib.Path(__file__).resolve().parent
REAL = HERE.parent / "corpus/real"
DERIVATION = re.compile(r"/nix/store/[0-9a-z]{32}-[^/]*\.drv")

# Flake of corpus/real -> what is asked of it.
INSTALLABLES = {
    "machines": ["nixosConfigurations.web-01.config.system.build.toplevel", "nixosConfigurations.db-01.config.system.build.toplevel",
                 "packages.x86_64-linux.image", "packages.x86_64-linux.layered", "packages.x86_64-linux.streamed",
                 "nixosConfigurations.web-01.config.system.build.images.qemu", "devShells.x86_64-linux.default"],
    "flake-utils": ["packages.x86_64-linux.default", "devShells.aarch64-linux.default"],
    "flake-parts": ["packages.x86_64-linux.default", "checks.aarch64-linux.greets", "devShells.x86_64-linux.default"],
    "home-manager": ["homeConfigurations.alice.activationPackage"],
    "deploy-rs": ["deploy.nodes.web-01.profiles.system.path"],
    "colmena": ["colmenaHive.nodes.web-01.config.system.build.toplevel", "colmenaHive.nodes.db-01.config.system.build.toplevel"],
    "disko": ["nixosConfigurations.store-01.config.system.build.toplevel", "nixosConfigurations.store-01.config.system.build.diskoScript"],
    "nixos-generators": [f"packages.x86_64-linux.{format}" for format in ("qcow", "raw", "vmware", "iso", "docker")],
}
# Beside nixpkgs.
INPUTS = {name: [] if name == "machines" else [name] for name in INSTALLABLES}
INPUTS["deploy-rs"] = ["deploy-rs", "flake-utils"]
INPUTS["colmena"] = ["colmena", "flake-utils"]


class Tests(runner.Runner):
    def __init__(self, evalctl, folder):
        super().__init__()
        self.evalctl, self.folder = os.path.abspath(evalctl), folder
        self.every = int(os.environ.get("EVERY", "50"))

    def run(self, *words):
        return subprocess.run(words, capture_output=True, text=True, timeout=1800, check=False)

    def ask(self, command, file, *words):
        result = self.run(*command, "--eval", "--strict", "--json", "--readonly-mode", str(HERE / "nixpkgs" / file), *words)
        return json.loads(result.stdout) if result.returncode == 0 else {"failed": result.stderr[-2000:]}

    def compare(self, what, ours, theirs):
        for name in sorted(set(ours) | set(theirs)):
            self.check(f"{what}: {name}", ours.get(name, "nothing") == theirs.get(name, "nothing"), ours.get(name), theirs.get(name))

    def packages(self, tree, names, *commands):
        file = os.path.join(self.folder, "names.json")
        pathlib.Path(file).write_text(json.dumps(names))
        return [self.ask(command, "packages.nix", "--arg", "nixpkgs", tree, "--argstr", "names", file) for command in commands]

    def test_2009(self):
        tree = os.environ.get("NIXPKGS_2009")
        if not tree or not shutil.which("nix-instantiate"):
            return print("skipped: nixpkgs 20.09 (NIXPKGS_2009 is not set, or there is no nix-instantiate)")
        ours, theirs = (self.ask(command, "machines.nix", "--arg", "nixpkgs", tree) for command in (self.command, ["nix-instantiate"]))
        self.compare("machine of 20.09", ours, theirs)
        names = self.run(*self.command, "--eval", "--json", "--strict", "-E", f"builtins.attrNames (import {tree} {{ }})")
        self.compare("package of 20.09", *self.packages(tree, json.loads(names.stdout)[::self.every], self.command, ["nix-instantiate"]))

    def test_2607(self):
        tree, expected = os.environ.get("NIXPKGS_2607"), os.environ.get("NIXPKGS_2607_EXPECTED")
        if not tree or not expected:
            return print("skipped: packages of 2026 (NIXPKGS_2607 or NIXPKGS_2607_EXPECTED is not set)")
        with (lzma.open if expected.endswith(".xz") else open)(expected) as file:
            theirs = json.load(file)
        names = sorted(theirs)[::self.every]
        self.compare("package of 2026", *self.packages(tree, names, self.command), {name: theirs[name] for name in names})

    def test_flakes(self):
        tree, inputs = os.environ.get("NIXPKGS_2607"), os.environ.get("FLAKE_INPUTS")
        if not tree:
            return print("skipped: corpus/real (NIXPKGS_2607 is not set)")
        for flake, installables in INSTALLABLES.items():
            if not inputs and INPUTS[flake]:
                print(f"skipped: corpus/real/{flake} (FLAKE_INPUTS is not set)")
                continue
            words = ["--no-write-lock-file", "--override-input", "nixpkgs", f"path:{tree}"]
            for name in INPUTS[flake]:
                words += ["--override-input", name, f"path:{inputs}/{name}"]
            if "flake-utils" in INPUTS[flake]:
                words += ["--override-input", "flake-utils/systems", f"path:{inputs}/systems"]
            asked = [f"path:{REAL}/{flake}#{installable}.drvPath" for installable in installables]
            result = self.run(self.evalctl, "eval", "--json", "--read-only", *asked, *words)
            paths = DERIVATION.findall(result.stdout)
            self.check(f"corpus/real/{flake}", result.returncode == 0 and len(set(paths)) == len(installables), result)

    @property
    def command(self):
        return [self.evalctl, "nix-instantiate"]


if __name__ == "__main__":
    if not any(name in os.environ for name in ("NIXPKGS_2009", "NIXPKGS_2607")):
        print("skipped: neither NIXPKGS_2009 nor NIXPKGS_2607 is set")
        sys.exit(77)
    sys.exit(runner.main(__doc__, Tests))
