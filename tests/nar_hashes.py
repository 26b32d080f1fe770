#!/usr/bin/env python3
"""The hashes of copied files that are kept between runs: they are used, never after a change, and no damage to them matters.

The last line is `N passed, M failed`.
"""

import argparse
import hashlib
import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import time

HEADER, RECORD = 24, 64
# Younger files are not kept.
SETTLED = 3.2

# What is copied of each tree: by its path, with a filter, one of its files, and as a flat file.
EXPRESSION = """
builtins.listToAttrs (map (name: let tree = ./trees + "/${name}"; in { inherit name; value = {
  whole = "${tree}";
  filtered = builtins.path { path = tree; name = "filtered"; filter = path: type: baseNameOf path != "skipped"; };
  regular = builtins.filterSource (path: type: type != "symlink") tree;
  file = if builtins.pathExists (tree + "/file-1") then "${tree + "/file-1"}" else null;
  flat = if builtins.pathExists (tree + "/file-1") then builtins.path { path = tree + "/file-1"; recursive = false; } else null;
}; }) (builtins.attrNames (builtins.readDir ./trees)))
"""


def rewrite(path, text):
    """Other contents of the same size, in the same inode, with the old time of modification."""
    status = path.stat()
    path.write_text(text)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def replace(path, text):
    """Another inode with the old time of modification."""
    status = path.stat()
    path.unlink()
    path.write_text(text)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def swap(tree):
    (tree / "file-1").rename(tree / "kept")
    (tree / "file-2").rename(tree / "file-1")
    (tree / "kept").rename(tree / "file-2")


def relink(tree, target):
    (tree / "link").unlink()
    (tree / "link").symlink_to(target)


def file_for_folder(tree):
    shutil.rmtree(tree / "sub")
    (tree / "sub").write_text("")


CHANGES = {
    "contents": lambda tree: rewrite(tree / "file-1", "new 1"),
    "contents deep below": lambda tree: rewrite(tree / "sub/deep/file", "neep"),
    "another file of the same name": lambda tree: replace(tree / "file-1", "new 1"),
    "a longer file": lambda tree: (tree / "file-1").write_text("longer than before"),
    "a mode": lambda tree: (tree / "file-1").chmod(0o755),
    "an added file": lambda tree: (tree / "file-0").write_text(""),
    "an added folder": lambda tree: (tree / "folder").mkdir(),
    "an added link": lambda tree: (tree / "another").symlink_to("file-1"),
    "a removed file": lambda tree: (tree / "file-2").unlink(),
    "a removed link": lambda tree: (tree / "link").unlink(),
    "a renamed file": lambda tree: (tree / "file-1").rename(tree / "renamed"),
    "two names": swap,
    "a link": lambda tree: relink(tree, "file-2"),
    "a link for a file": lambda tree: ((tree / "file-1").unlink(), (tree / "file-1").symlink_to("file-2")),
    "a file for a folder": file_for_folder,
    "an old time": lambda tree: os.utime(tree / "file-1", (1, 1)),
    "a time to come": lambda tree: os.utime(tree / "file-1", (2**32, 2**32)),
    "what is skipped": lambda tree: (tree / "skipped").write_text("other"),
    "nothing": lambda tree: None,
}
# They have no effect on the hash.
WITHOUT_EFFECT = {"an old time", "a time to come", "nothing"}


def make_tree(tree):
    (tree / "sub/deep").mkdir(parents=True)
    (tree / "sub/deep/file").write_text("deep")
    for number in range(1, 6):
        (tree / f"file-{number}").write_text(f"old {number}")
    (tree / "skipped").write_text("skipped")
    (tree / "link").symlink_to("file-1")


class Checker:
    def __init__(self, evalctl, root):
        self.evalctl, self.root, self.passed, self.failed = evalctl, root, 0, 0
        self.trees, self.cache = root / "trees", root / "cache"
        self.table = self.cache / "evalctl/nar-hashes"
        (root / "default.nix").write_text(EXPRESSION)
        for name in CHANGES:
            make_tree(self.trees / name.replace(" ", "-"))

    def check(self, name, holds, explanation=""):
        self.passed += bool(holds)
        self.failed += not holds
        if not holds:
            print(f"FAIL {name}: {explanation}")

    def command(self):
        return [self.evalctl, "eval", "--read-only", "--json", "--no-eval-cache", "--file", str(self.root / "default.nix")]

    def evaluate(self, cache=None):
        environment = os.environ | {"XDG_CACHE_HOME": str(cache or self.cache)}
        done = subprocess.run(self.command(), capture_output=True, text=True, check=False, timeout=120, env=environment)
        return json.loads(done.stdout) if done.returncode == 0 else done.stderr

    def fresh(self):
        with tempfile.TemporaryDirectory() as cache:
            return self.evaluate(cache)

    def records(self):
        contents = self.table.read_bytes()
        return [contents[at:at + RECORD] for at in range(HEADER, len(contents), RECORD)]

    def poison(self):
        """Gives every record another hash, with the checksum that belongs to it: whoever believes the table says so."""
        contents = self.table.read_bytes()[:HEADER]
        for record in self.records():
            told = record[:16] + bytes(32)
            contents += told + record[48:56] + hashlib.blake2b(told).digest()[:8]
        self.table.write_bytes(contents)
        self.table.chmod(0o600)

    def changes(self):
        young = self.evaluate()
        self.check("young files are right", young == self.fresh(), young)
        self.check("young files are not kept", not self.table.exists())
        time.sleep(SETTLED)
        first = self.evaluate()
        self.check("first run", first == young, first)
        # Of a tree: whole, filtered, without links, and one of its files.
        self.check("hashes are kept", len(self.records()) == 4 * len(CHANGES), len(self.records()))
        for name, change in CHANGES.items():
            change(self.trees / name.replace(" ", "-"))
        expected, second = self.fresh(), self.evaluate()
        for name in CHANGES:
            tree = name.replace(" ", "-")
            self.check(name, second[tree] == expected[tree], f"{second[tree]} instead of {expected[tree]}")
            self.check(f"{name} has the effect", (expected[tree] == first[tree]) == (name in WITHOUT_EFFECT), expected[tree])
        skipped = "what-is-skipped"
        self.check("a filter", expected[skipped]["filtered"] == first[skipped]["filtered"])
        time.sleep(SETTLED)
        self.check("kept again", self.evaluate() == expected and self.evaluate() == expected)

    def uses(self):
        expected, good = self.fresh(), self.table.read_bytes()
        self.poison()
        wrong = self.evaluate()
        same = [(tree, key) for tree, value in expected.items() for key in ("whole", "filtered", "regular", "file")
                if value[key] and wrong[tree][key] == value[key] and tree != "a-time-to-come"]
        self.check("the table is believed", not same, same)
        for name, change in {"of a group": lambda: self.table.chmod(0o660),
                             "a link": lambda: (self.table.rename(self.root / "other"), self.table.symlink_to(self.root / "other"))}.items():
            change()
            self.check(f"a table {name} is not believed", self.evaluate() == expected)
            self.table.unlink(missing_ok=True)
            self.table.write_bytes(good)
            self.poison()

    def damage(self):
        expected = self.fresh()
        self.table.unlink()
        self.evaluate()
        good = self.table.read_bytes()
        flipped = [good[:at] + bytes([good[at] ^ 255]) + good[at + 1:] for at in range(0, min(len(good), 400), 7)]
        counts = [good[:16] + struct.pack("<Q", count) + good[24:] for count in (0, 1, 2**32, 2**63, 2**64 - 1)]
        for number, damaged in enumerate([b"", good[:10], good[:HEADER], good[:-1], good + b"x", b"\xff" * 5000, *flipped, *counts]):
            self.table.write_bytes(damaged)
            self.check(f"damage {number}", self.evaluate() == expected, repr(damaged[:60]))
        self.table.unlink()
        self.table.mkdir()
        self.check("a folder in its place", self.evaluate() == expected)
        self.table.rmdir()

    def together(self):
        """Processes that write at the same time leave a whole table."""
        expected = self.fresh()
        environment = os.environ | {"XDG_CACHE_HOME": str(self.cache)}
        running = [subprocess.Popen(self.command(), env=environment, stdout=subprocess.PIPE, text=True) for _ in range(4)]
        answers = [json.loads(process.communicate(timeout=120)[0]) for process in running]
        self.check("together", answers == [expected] * 4)
        self.check("a whole table", len(self.records()) >= 4 * (len(CHANGES) - 2), len(self.records()))
        self.check("afterwards", self.evaluate() == expected)
        names = [entry.name for entry in self.table.parent.iterdir() if entry.name.startswith("nar-hashes")]
        self.check("nothing is left behind", names == ["nar-hashes"], names)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--evalctl", required=True)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as root:
        checker = Checker(os.path.abspath(arguments.evalctl), pathlib.Path(root).resolve())
        checker.changes()
        checker.uses()
        checker.damage()
        checker.together()
    print(f"{checker.passed} passed, {checker.failed} failed")
    return checker.failed > 0


if __name__ == "__main__":
    sys.exit(main())
