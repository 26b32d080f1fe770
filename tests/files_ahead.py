#!/usr/bin/env python3
"""Checks that lists of files, which other threads read and lower before they are imported, evaluate as they do without.

A setting that warns of some literals keeps the other threads away. Folders of files are made from a seed: good ones, some with
mistakes of each kind, and things that are no files. Both ways have to print the same, and to end.
"""

import os
import pathlib
import random
import subprocess
import sys

import runner

KINDS = {
    "good": lambda n: f"{{ value = {n}; text = \"file {n}\"; imports = [ ]; f = x: x + {n}; }}",
    "nested": lambda n: "{ value = " + "(" * 3000 + str(n) + ")" * 3000 + "; }",
    "deep": lambda n: "{ value = " + "(x: " * 3000 + str(n) + ")" * 3000 + "; }",
    "syntax": lambda n: "{ value = ; }",
    "undefined": lambda n: f"{{ value = missing{n}; }}",
    "twice": lambda n: "{ value = 1; value = 2; }",
    "bytes": lambda n: "\0\x01{",
    "empty": lambda n: "",
    "fails": lambda n: "# two lines\n{ value = [ (builtins.head [ ]) ]; }",
    "itself": lambda n: f"{{ value = (import ./m{n}.nix).value; }}",
    "names": lambda n: f"{{ value = (import ./sub).value + (import ./sub/../good.nix).value; unused = [ ./m{n + 1}.nix ./missing ]; }}",
    "circle": lambda n: f"{{ value = {n}; other = import ./m{n ^ 1}.nix; missing = import ./no/such.nix; }}",
    "list": lambda n: "{ value = map (f: (import f).value) [ ./m0.nix ./m1.nix ./sub/../m2.nix ]; }",
}
ALL = "let files = [ %s ]; in builtins.foldl' (sum: f: sum ++ [ (import f).value ]) [ ] (%s)"


class Tests(runner.Runner):
    def __init__(self, evalctl, folder):
        super().__init__()
        self.evalctl, self.folder = evalctl, pathlib.Path(folder)
        (self.folder / "sub").mkdir()
        (self.folder / "sub/default.nix").write_text("{ value = 7; again = ./default.nix; outside = import ../good.nix; }")
        (self.folder / "good.nix").write_text("import ./named.nix")
        (self.folder / "named.nix").write_text("{ value = 8; }")

    def run_file(self, *options):
        command = [self.evalctl, "nix-instantiate", "--eval", "--strict", *options, "all.nix"]
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=120)

    def compare(self, what):
        uncached = ["--option", "parse-cache", "false"]
        ahead, alone, keeping = self.run_file(*uncached), self.run_file(*uncached, "--lint-url-literals", "warn"), self.run_file()
        parts = [(run.returncode, run.stdout, run.stderr) for run in (ahead, alone, keeping)]
        self.check(f"{what}: the same with other threads", parts[0] == parts[1], ahead, alone)
        self.check(f"{what}: the same where texts of files are kept", parts[0] == parts[2], ahead, keeping)
        return ahead

    def write(self, kinds, listed=None, imported="files"):
        for n, kind in enumerate(kinds):
            (self.folder / f"m{n}.nix").write_text(KINDS[kind](n))
        names = listed or [f"./m{n}.nix" for n in range(len(kinds))]
        (self.folder / "all.nix").write_text(ALL % (" ".join(names), imported))

    def test_many_good_ones(self):
        self.write(["good"] * 400)
        self.check("all are there", self.compare("400 files").stdout == "[ " + " ".join(map(str, range(400))) + " ]\n")

    def test_each_mistake(self):
        for kind in KINDS:
            self.write(["good", "good", "good", kind, "good"])
            self.compare(kind)

    def test_at_random(self):
        rng = random.Random(3)
        for number in range(25):
            self.write(["good"] * 3 + rng.choices(list(KINDS), weights=[60] + [1] * (len(KINDS) - 1), k=40))
            self.compare(f"random folder {number}")

    def test_what_is_no_file_is_not_waited_for(self):
        self.write(["good"] * 3)
        os.mkfifo(self.folder / "pipe.nix")
        (self.folder / "folder.nix").mkdir()
        names = ["./m0.nix", "./pipe.nix", "./folder.nix", "./missing.nix", "/dev/zero", "./m1.nix"]
        self.write(["good"] * 3, names, "[ (builtins.head files) (builtins.elemAt files 5) ]")
        self.check("the others are imported", self.compare("a pipe in the list").stdout == "[ 0 1 ]\n")


if __name__ == "__main__":
    sys.exit(runner.main(__doc__, Tests))
