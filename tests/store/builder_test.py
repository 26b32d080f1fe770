#!/usr/bin/env python3
"""Hands derivations to a real builder, and holds what it builds to what it builds when Nix itself evaluates: see machine.py."""

import os
import pathlib
import subprocess
import sys

import machine

ROOT = pathlib.Path(__file__).resolve().parents[2]
KINDS = ["fixed", "fixed-folder", "outputs", "uses-outputs", "structured", "references", "deep-references", "as-file", "environment",
         "sources", "to-file", "placeholder", "from-import", "from-text", "from-folder", "checked"]
EXPECTED = {
    "fixed": "known",
    "uses-outputs": "program\nheader\n",
    "structured": 'a b|ü"|two\nlines|7|1|{"empty": {}, "inner": [1, 2.5, null, {"deep": "',
    "as-file": "a body\n",
    "environment": '1\n\n\na b 3\n1.500000\ntab\t"quote" back\\slash ${dollar} new\nline ü\n',
    "from-import": "built here\n",
    "from-text": "word\n",
    "from-folder": "a b\n",
}


class Tests(machine.Tests):
    def realise(self, paths):
        return self.run("nix-store", "--realise", *paths)

    def archives(self, built):
        """The hashes of what was built, by path."""
        return {path: self.run("nix-hash", "--type", "sha256", path).stdout.strip() for path in sorted(built.stdout.split())}

    def test_same_outputs(self):
        ours = {}
        for kind in KINDS:
            made = self.instantiate("builds.nix", kind)
            built = self.realise(made.stdout.split())
            self.check(f"{kind} is built", made.returncode == 0 and built.returncode == 0, made, built)
            ours[kind] = (made.stdout, self.archives(built))
            if kind in EXPECTED and built.returncode == 0:
                text = pathlib.Path(built.stdout.split()[0]).read_text()
                self.check(f"what {kind} holds", text.startswith(EXPECTED[kind]), text)
        # From the beginning, by Nix alone.
        self.run("nix-collect-garbage")
        self.check("the store is empty", not [name for name in os.listdir("/nix/store") if name.endswith(".drv")])
        for kind in KINDS:
            made = self.run("nix-instantiate", "builds.nix", "-A", kind)
            self.check(f"{kind} has the same outputs by Nix", ours[kind] == (made.stdout, self.archives(self.realise(made.stdout.split()))), made)

    def test_wrong_hash(self):
        made = self.instantiate("builds.nix", "wrong-hash")
        built = self.realise(made.stdout.split())
        self.check("a wrong hash is refused", built.returncode != 0 and "hash mismatch" in built.stderr, built)

    def test_several_at_once(self):
        made = self.run(self.evalctl, "instantiate", "--file", "builds.nix", "outputs", "sources", "from-import")
        built = self.realise(made.stdout.split())
        self.check("three in one go", len(made.stdout.split()) == 3 and built.returncode == 0, made, built)
        one = self.run(self.evalctl, "instantiate", "--file", "builds.nix", "outputs.dev")
        self.check("the derivation of an output", one.stdout.split() == made.stdout.split()[:1], one)

    def test_images(self):
        """Container images of the package set in small: built twice with the same bytes, and read by skopeo where there is one."""
        folder = ROOT / "corpus/nixpkgs-mini"
        expression = """{ pkgs ? import %s { } }: {
          plain = pkgs.dockerTools.buildImage { name = "plain"; tag = "1"; copyToRoot = pkgs.hello; config.Cmd = [ "/bin/hello" ]; };
          layered = pkgs.dockerTools.buildLayeredImage { name = "layered"; tag = "2"; contents = [ pkgs.hello ]; config.Cmd = [ "hello" ]; };
        }""" % folder
        file = pathlib.Path(self.folder, "images.nix")
        file.write_text(expression)
        for name, layers in (("plain", 1), ("layered", 2)):
            made = self.instantiate(file, name)
            theirs = self.run("nix-instantiate", file, "-A", name)
            self.check(f"the derivation of the image {name}", made.returncode == 0 and made.stdout == theirs.stdout, made, theirs)
            built = self.realise(made.stdout.split())
            self.check(f"the image {name} is built", built.returncode == 0, built)
            again = self.run("nix-store", "--realise", "--check", *made.stdout.split())
            self.check(f"the image {name} is the same each time", again.returncode == 0, again)
            try:
                seen = self.run("skopeo", "--tmpdir", self.folder, "inspect", "docker-archive:" + built.stdout.strip())
            except FileNotFoundError:
                continue
            self.check(f"skopeo reads the image {name}", seen.returncode == 0 and seen.stdout.count("sha256:") >= layers, seen)


if __name__ == "__main__":
    sys.exit(machine.run_tests(__file__, __doc__, Tests))
