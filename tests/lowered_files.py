#!/usr/bin/env python3
"""The cache of parsed files: it is used, what it gives is what reading the files gives, and nothing that happens to it matters.

The last line is `N passed, M failed`.
"""

import argparse
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

FILES = {
    "default.nix": """
{ fail ? "" }:
let
  library = import ./library.nix;
  names = { zebra = 1; apple = 2; name = "n"; inherit (library) value; "quoted name" = ./library.nix; };
  overridden = rec { a = b; b = 1; __overrides = { b = 2; }; };
in {
  inherit names overridden;
  position = builtins.unsafeGetAttrPos "zebra" names;
  arguments = builtins.functionArgs library.function;
  called = library.function { x = 1; };
  bad = import ./bad.nix { inherit fail; };
}
""",
    "library.nix": """
{
  value = with { w = "from with"; }; [ w 1.5 (-3) ''
    indented
      text ${toString 7}
  '' ];
  function = { x, y ? x + 1, ... }@all: { inherit x y; given = builtins.attrNames all; };
}
""",
    "bad.nix": """
{ fail }:
  # A comment with ümläuts.
  if fail == "type" then 1 + { }
  else if fail == "assert" then assert 1 == 2; 1
  else if fail == "missing" then { apple = 1; }.aple
  else if fail == "call" then (import ./library.nix).function { }
  else if fail == "throw" then throw "on purpose"
  else "fine"
""",
}


class Fixture:
    def __init__(self, evalctl, folder):
        self.evalctl, self.folder = evalctl, pathlib.Path(folder)
        self.sources = self.folder / "sources"
        self.sources.mkdir()
        for name, text in FILES.items():
            self.write(name, text)
        self.environment = os.environ | {"XDG_CACHE_HOME": str(self.folder / "cache"), "NO_COLOR": "1"}

    def write(self, name, text, old=True):
        """Writes a source; an old one tells its versions by its stamp. The change time cannot be set, so that it is waited for."""
        (self.sources / name).write_text(text)
        if old:
            self.waits = True

    def settle(self):
        if getattr(self, "waits", False):
            time.sleep(3.2)
        self.waits = False

    def run(self, *arguments, mode="always"):
        words = ["--option", "eval-cache", "false", "--option", "parse-cache", mode]
        return subprocess.run([self.evalctl, *arguments, *words], capture_output=True, text=True, check=False, timeout=120,
                              env=self.environment)

    def evaluate(self, fail="", mode="always"):
        """Returns all that the user sees."""
        what = ["eval", "--strict", "--show-trace", "--argstr", "fail", fail, "--expr",
                f"{{ fail ? \"\" }}: import {self.sources} {{ inherit fail; }}"]
        result = self.run(*what, mode=mode)
        return result.returncode, result.stdout, result.stderr

    def used(self, mode="always", expression=None, what="Files"):
        """The number of files or folders that a run takes from the cache."""
        statistics = self.folder / "statistics.json"
        words = [self.evalctl, "eval", "--strict", "--expr", expression or f"import {self.sources} {{ }}", "--option", "eval-cache", "false",
                 "--option", "parse-cache", mode]
        subprocess.run(words, capture_output=True, check=True, env=self.environment | {"NIX_SHOW_STATS": "1", "NIX_SHOW_STATS_PATH": str(statistics)})
        return json.loads(statistics.read_text())[f"nr{what}FromParseCache"]

    def pack(self):
        files = list((self.folder / "cache/evalctl/lowered").glob("*.pack"))
        return files[0] if len(files) == 1 else None

    def known(self):
        """The number of parsed files kept."""
        text = subprocess.run([self.evalctl, "cache", "info"], capture_output=True, text=True, check=True, env=self.environment).stdout
        return int(next(line for line in text.splitlines() if line.startswith("parsed files:")).split()[-1])


class Checks:
    def __init__(self):
        self.passed = self.failed = 0

    def __call__(self, what, good, detail=""):
        if good:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAIL {what} {detail}")


KINDS = ("", "type", "assert", "missing", "call", "throw")


def check_use(fixture, check):
    """Values, messages and excerpts are those of a run without the cache; and the files are not opened again."""
    expected = {kind: fixture.evaluate(kind, "false") for kind in KINDS}
    check("nothing is kept when switched off", fixture.pack() is None)
    check("the program runs", expected[""][0] == 0, expected[""][2])
    check("excerpts are shown", all("│" in expected[kind][2] or "|" in expected[kind][2] for kind in KINDS[1:]))
    for round_ in ("first", "second"):
        for kind in KINDS:
            found = fixture.evaluate(kind)
            check(f"{round_} run, {kind or 'value'}", found == expected[kind], f"\n{found}\nexpected\n{expected[kind]}")
    check("all files are kept once", fixture.known() == len(FILES), str(fixture.known()))
    check("no file is read again", fixture.used() == len(FILES), str(fixture.used()))
    check("nor known when switched off", fixture.used("false") == 0)
    os.utime(fixture.pack())
    check("a pack without its seal is checked, and used", fixture.used() == len(FILES), str(fixture.used()))


def check_changes(fixture, check):
    """What was changed counts at once, also where size and modification time stay; copies are known by their content."""
    library = fixture.sources / "library.nix"
    before = library.stat()
    fixture.write("library.nix", FILES["library.nix"].replace("from with", "FROM WITH"))
    os.utime(library, ns=(before.st_atime_ns, before.st_mtime_ns))
    check("a change shows", "FROM WITH" in fixture.evaluate()[1])
    fixture.write("library.nix", FILES["library.nix"])
    check("a change back shows", "from with" in fixture.evaluate()[1])
    for number in range(6):
        fixture.write("library.nix", FILES["library.nix"].replace("from with", f"again {number:03}"), old=False)
        found = fixture.evaluate()[1]
        check("quick changes of equal size show", f"again {number:03}" in found, found)
    fixture.write("library.nix", FILES["library.nix"])
    known = fixture.known()
    os.rename(fixture.sources, fixture.folder / "elsewhere")
    fixture.sources = fixture.folder / "elsewhere"
    check("a moved tree gives its own paths", str(fixture.sources) in fixture.evaluate()[1])
    check("its files are known", fixture.known() == known, f"{fixture.known()} {known}")


def check_folders(fixture, check):
    """What stands in folders is known by their stamps, until it changes."""
    folder = fixture.folder / "folders"
    for name in ("a", "b", "c/d", "empty"):
        (folder / name).mkdir(parents=True)
    for name in ("file", "a/file", "b/other", "c/d/e"):
        (folder / name).write_text(name)
    (folder / "link").symlink_to("a")
    os.mkfifo(folder / "b/pipe")
    expression = f"map builtins.readDir [ {folder} {folder}/a {folder}/b {folder}/c {folder}/c/d {folder}/empty ({folder} + \"/link\") ]"

    def listed(mode="always"):
        result = fixture.run("eval", "--json", "--expr", expression, mode=mode)
        return result.returncode, result.stdout, result.stderr

    def check_listed(what):
        found, expected = listed(), listed("false")
        check(f"folders, {what}", found == expected, f"\n{found}\nexpected\n{expected}")

    fixture.waits = True
    fixture.settle()
    check_listed("first")
    check_listed("again")
    check("folders are known", fixture.used(expression=expression, what="Folders") == 7)
    check("nor known when switched off", fixture.used("false", expression, "Folders") == 0)
    before = folder.stat()
    changes = [
        ("a new file", lambda: (folder / "new").write_text("")), ("it is gone", (folder / "new").unlink),
        ("another name", lambda: (folder / "file").rename(folder / "elif")), ("another type", lambda: ((folder / "elif").unlink(), (folder / "elif").mkdir())),
        ("the link leads elsewhere", lambda: ((folder / "link").unlink(), (folder / "link").symlink_to("b"))),
        ("another folder of that name", lambda: ((folder / "a").rename(folder / "old"), (folder / "b").rename(folder / "a"), (folder / "old").rename(folder / "b"))),
    ]
    for what, change in changes:
        change()
        os.utime(folder, ns=(before.st_atime_ns, before.st_mtime_ns))
        check_listed(what)
    names = ("once", "often")
    for name in names:
        (folder / name).mkdir()
    fixture.waits = True
    fixture.settle()
    sizes = [fixture.pack().stat().st_size]
    for name, times in zip(names, (1, 10_000)):
        fixture.run("eval", "--expr", f"builtins.deepSeq (builtins.genList (n: builtins.readDir {folder}/{name}) {times}) {times}")
        sizes.append(fixture.pack().stat().st_size)
    check("a folder that is asked for often is kept once", sizes[2] - sizes[1] <= 2 * (sizes[1] - sizes[0]), str(sizes))
    (folder / "empty").rmdir()
    check_listed("a folder is missing")
    (folder / "empty").write_text("")
    check_listed("it is a file")


def check_damage(fixture, check, expected):
    """Whatever the file holds, evaluation gives the same, and mends it."""
    fixture.settle()
    fixture.evaluate()
    pack = fixture.pack()
    good = pack.read_bytes()
    randomness = random.Random(11)
    spoilt = [good[:length] for length in (0, 1, 40, 63, 64, 200, len(good) // 2, len(good) - 1)]
    for at in [0, 20, 35, 45, 60, len(good) - 1] + [randomness.randrange(len(good)) for _ in range(16)]:
        spoilt.append(good[:at] + bytes([good[at] ^ 0x55]) + good[at + 1:])
    spoilt.append(good + b"more")
    for number, content in enumerate(spoilt):
        pack.write_bytes(content)
        os.chmod(pack, 0o600)
        found = fixture.evaluate("missing")
        check(f"damage {number}", found == expected["missing"], f"\n{found}\nexpected\n{expected['missing']}")
    check("it is mended", fixture.known() >= len(FILES), str(fixture.known()))
    # Of records that are not good, none stays when others are added.
    pack = fixture.pack()
    good = pack.read_bytes()
    pack.write_bytes(good[:len(good) // 2] + bytes(64) + good[len(good) // 2 + 64:])
    fixture.write("library.nix", FILES["library.nix"] + "# longer\n")
    fixture.settle()
    for round_ in range(3):
        found = fixture.evaluate("missing")
        check(f"damage and an addition, round {round_}", found == expected["missing"], f"\n{found}\nexpected\n{expected['missing']}")
    fixture.write("library.nix", FILES["library.nix"])
    pack = fixture.pack()
    os.chmod(pack, 0o666)
    check("a file that others may write is not read", fixture.evaluate() == expected[""])


def check_writers(fixture, check, expected):
    """Several writers at the same time, some of them killed."""
    fixture.run("cache", "clear")
    check("clear removes it", fixture.pack() is None)
    randomness = random.Random(5)
    for round_ in range(12):
        words = [fixture.evalctl, "eval", "--expr", f"(import {fixture.sources} {{ }}).called", "--option", "eval-cache", "false",
                 "--option", "parse-cache", "always"]
        running = [subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=fixture.environment) for _ in range(3)]
        time.sleep(randomness.random() * 0.03)
        running[0].send_signal(signal.SIGKILL)
        for process in running:
            process.wait()
        check(f"after killed writers, round {round_}", fixture.evaluate() == expected[""])
        if round_ % 3 == 2:
            fixture.run("cache", "clear")


def check_other_builds(fixture, check):
    """Packs of builds that are gone do not pile up."""
    fixture.evaluate()
    used = fixture.used()
    fixture.run("cache", "clear")
    folder = fixture.folder / "cache/evalctl/lowered"
    for i in range(20):
        (folder / f"{i:032x}.pack").write_bytes(b"of another build")
        os.utime(folder / f"{i:032x}.pack", (i, i))
    fixture.evaluate()
    names = sorted(file.name for file in folder.glob("*.pack"))
    newest = [f"{i:032x}.pack" for i in range(17, 20)]
    check("the newest of other builds stay", len(names) == 4 and set(newest) < set(names), str(names))
    check("beside that of this build", fixture.used() == used, f"{fixture.used()} of {used}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--evalctl", required=True)
    arguments = parser.parse_args()
    check = Checks()
    with tempfile.TemporaryDirectory() as folder:
        fixture = Fixture(str(pathlib.Path(arguments.evalctl).resolve()), folder)
        fixture.settle()
        check_use(fixture, check)
        check_changes(fixture, check)
        check_folders(fixture, check)
        expected = {kind: fixture.evaluate(kind, "false") for kind in KINDS}
        check_damage(fixture, check, expected)
        check_writers(fixture, check, expected)
        check_other_builds(fixture, check)
    print(f"{check.passed} passed, {check.failed} failed")
    return 1 if check.failed else 0


if __name__ == "__main__":
    sys.exit(main())
