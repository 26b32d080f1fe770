#!/usr/bin/env python3
"""Writes to, and builds with, a real Nix daemon that has a store of its own: see machine.py."""

import json
import os
import pathlib
import subprocess
import sys

import machine
from machine import FEATURES


class Tests(machine.Tests):
    def value(self, attribute, file="graph.nix"):
        return self.run(self.evalctl, "eval", "--file", file, attribute, *FEATURES)

    def test_write_and_build(self):
        ours = self.instantiate("graph.nix", "program")
        built = self.run("nix-store", "--realise", ours.stdout.strip())
        self.check("our derivation is built", built.returncode == 0, ours, built)
        if built.returncode == 0:
            words = pathlib.Path(built.stdout.strip()).read_text().split()
            self.check("what it printed", words[:4] == ['"the', 'library"', "some", "words"], words)
            copied = pathlib.Path(words[4])
            self.check("the copied folder", os.readlink(copied / "link") == "file" and os.access(copied / "sub/script", os.X_OK))
        theirs = self.run("nix-instantiate", "graph.nix", "-A", "program")
        self.check("Nix computes the same path", ours.stdout == theirs.stdout, ours, theirs)

    def test_many(self):
        ours = self.instantiate("graph.nix", "many")
        theirs = self.run("nix-instantiate", "graph.nix", "-A", "many")
        self.check("three hundred derivations", ours.returncode == 0 and len(ours.stdout.split()) == 300 and
                   ours.stdout == theirs.stdout, ours)
        again = self.instantiate("graph.nix", "many")
        self.check("written a second time", again.stdout == ours.stdout, again)
        verified = self.run("nix-store", "--verify", "--check-contents")
        self.check("Nix finds its store in order", verified.returncode == 0 and "modified" not in verified.stderr, verified)

    def test_import_from_derivation(self):
        value = self.value("imported")
        self.check("import of a built file", value.stdout.strip() == '"the library"', value)
        self.check("a derivation made from it", self.instantiate("graph.nix", "from-import").stdout ==
                   self.run("nix-instantiate", "graph.nix", "-A", "from-import").stdout)
        for words in (["--no-allow-import-from-derivation"], ["--option", "allow-import-from-derivation", "false"]):
            refused = self.instantiate("graph.nix", "from-import", *words)
            self.check("refused when forbidden", refused.returncode == 1 and "allow-import-from-derivation" in refused.stderr, refused)
        broken = self.value("broken")
        self.check("a failing builder is shown", broken.returncode == 1 and "the reason" in broken.stderr and "exit code 3" in broken.stderr,
                   broken)

    def test_read_back(self):
        self.check("import of a .drv file", self.value("from-file.drvPath").stdout == self.value("program.drvPath").stdout)
        context = self.value("references")
        self.check("readFile finds references", "-folder" in context.stdout and "path = true" in context.stdout, context)

    def test_flake_in_the_store(self):
        """The store knows the hash of what it holds, in which nothing changes."""
        source = pathlib.Path(self.folder) / "source"
        (source / "deep/er").mkdir(parents=True)
        (source / "flake.nix").write_text('{ outputs = _: { x = "from the store"; }; }\n')
        (source / "deep/er/file").write_text("a text\n")
        kept = self.run("nix-store", "--add-fixed", "--recursive", "sha256", str(source)).stdout.strip()
        recorded = self.run("nix-store", "--query", "--hash", kept).stdout.strip()
        expected = self.run("nix", "hash", "to-sri", recorded).stdout.strip()
        file = pathlib.Path(kept) / "deep/er/file"
        os.chmod(file, 0o644)
        file.write_text("another\n")
        for round_ in ("first", "second"):
            metadata = self.run(self.evalctl, "flake", "metadata", "--json", f"path:{kept}")
            found = json.loads(metadata.stdout)["locked"] if metadata.returncode == 0 else {}
            self.check(f"what the store recorded, {round_}", (found.get("narHash"), found.get("lastModified")) == (expected, 0), metadata, expected)
            value = self.run(self.evalctl, "eval", f"path:{kept}#x")
            self.check(f"the value, {round_}", value.stdout == '"from the store"\n', value)
        file.write_text("a text\n")
        os.chmod(file, 0o444)

    def test_addressed(self):
        for name in ["floating", "flat", "dependent", "further", "structured", "impure", "from-impure", "fixed", "from-fixed"]:
            ours = self.instantiate("addressed.nix", name, *FEATURES)
            theirs = self.run("nix-instantiate", "addressed.nix", "-A", name)
            self.check(f"the derivation {name}", ours.returncode == 0 and ours.stdout == theirs.stdout, ours, theirs)
            paths = [self.run(*command, "--eval", "addressed.nix", "-A", name + ".outPath", *FEATURES)
                     for command in ([self.evalctl, "nix-instantiate"], ["nix-instantiate"])]
            self.check(f"the path of {name}", paths[0].returncode == 0 and paths[0].stdout == paths[1].stdout, *paths)
        for name, expected in (("imported", '"floating"'), ("imported-dependent", '"dependent"')):
            value = self.value(name, "addressed.nix")
            self.check(f"the value of {name}", value.stdout.strip() == expected, value)
        for name, feature in (("floating", "ca-derivations"), ("impure", "impure-derivations")):
            refused = self.instantiate("addressed.nix", name, NIX_CONFIG="")
            self.check(f"{feature} must be asked for", refused.returncode == 1 and feature in refused.stderr, refused)

    def test_graph(self):
        stream = os.path.join(self.folder, "program.drv-export")
        written = self.run(self.evalctl, "graph", "--file", "graph.nix", "many.0", "from-file", "-o", stream)
        with open(stream, "rb") as file:
            imported = subprocess.run(["nix-store", "--import"], stdin=file, capture_output=True, text=True, check=False)
        self.check("nix-store imports the stream", imported.returncode == 0 and "-program.drv" in imported.stdout, written, imported)
        ours = self.run(self.evalctl, "graph", "--file", "graph.nix", "program", "--json-version", "1")
        path = self.run(self.evalctl, "instantiate", "--file", "graph.nix", "program").stdout.strip()
        theirs = self.run("nix", "show-derivation", "--recursive", path)
        self.check("nix show-derivation says the same", json.loads(ours.stdout) == json.loads(theirs.stdout), ours, theirs)

    def test_imported_stream_builds(self):
        stream = os.path.join(self.folder, "plain.drv-export")
        nowhere = {"NIX_DAEMON_SOCKET_PATH": "/nonexistent"}
        self.run(self.evalctl, "graph", "--file", "graph.nix", "exported", "-o", stream, **nowhere)
        with open(stream, "rb") as file:
            imported = subprocess.run(["nix-store", "--import"], stdin=file, capture_output=True, text=True, check=False)
        paths = [line for line in imported.stdout.split() if line.endswith("-exported.drv")]
        built = self.run("nix-store", "--realise", *paths)
        self.check("what was exported without a store is built", len(paths) == 1 and built.returncode == 0, imported, built)

    def test_roots(self):
        link = os.path.join(self.folder, "root")
        made = self.instantiate("graph.nix", "program", "--add-root", link)
        self.check("the link is printed", made.stdout.strip() == link, made)
        roots = self.run("nix-store", "--query", "--roots", os.readlink(link))
        self.check("the link is a root", link in roots.stdout, roots)

    def test_without_a_daemon(self):
        nowhere = {"NIX_DAEMON_SOCKET_PATH": "/nonexistent"}
        own = self.instantiate("graph.nix", "from-import", **nowhere)
        self.check("a daemon of one's own", own.returncode == 0 and own.stdout.endswith("-from-import.drv\n"), own)
        refused = self.instantiate("graph.nix", "program", PATH="/nonexistent", **nowhere)
        self.check("the error says what to do", refused.returncode == 1 and "--store FOLDER" in refused.stderr, refused)
        folder = os.path.join(self.folder, "plain")
        plain = self.instantiate("graph.nix", "program", "--store", folder, **nowhere)
        self.check("a folder as store", os.path.isfile(folder + plain.stdout.strip()), plain)
        self.check("nothing half-written is left", not [n for n in os.listdir(folder + "/nix/store") if n.endswith(".tmp")])


if __name__ == "__main__":
    sys.exit(machine.run_tests(__file__, __doc__, Tests))
