#!/usr/bin/env python3
"""Checks that remembered answers are given again when nothing changed, and never when something did.

Each case makes a folder, evaluates twice (the second time the answer must come from the cache), then changes one thing that
the first run has read and expects what an evaluation without the cache gives. The last line is `N passed, M failed`.
"""

import argparse
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

CASES = []
# Longer than the step of the file system's clock: a file as young as that is not trusted.
PAUSE = 0.06


def case(expression, change, *, files=None, words=(), environment=None, flake=False, hit=True, differs=True, prepare=None):
    """`change(folder, environment)` returns new words or None; `hit`: the second run must be answered from the cache;
    `differs`: the change has an effect on the answer; `prepare(folder)`: before the first run."""
    CASES.append(dict(prepare=prepare, expression=expression, change=change, files=files or {}, words=list(words), environment=environment or {}, flake=flake, hit=hit, differs=differs))


def write(name, text):
    def change(folder, environment):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return change


def git(folder, *words, **environment):
    subprocess.run(["git", "-C", str(folder), "-c", "user.name=n", "-c", "user.email=e@example.org", *words], check=True, capture_output=True,
                   env=dict(os.environ, **environment))


def add_to_git(name, text):
    def change(folder, environment):
        write(name, text)(folder, environment)
        git(folder, "add", name)
    return change


def do(action):
    return lambda folder, environment: action(folder) and None


case("import ./a.nix", write("a.nix", "2"), files={"a.nix": "1"})
case("import ./d", write("d/default.nix", "{ b = 3; }"), files={"d/default.nix": "1"})
case("import ./d", write("d/x.nix", "\"new\""), files={"d/default.nix": "import ./x.nix", "d/x.nix": "\"old\""})
case("builtins.readFile ./a", write("a", "grown"), files={"a": "old"})
case("builtins.readFile ./a", write("a", "new"), files={"a": "old"})
case("builtins.pathExists ./a", write("a", ""))
case("builtins.pathExists ./a", do(lambda f: (f / "a").unlink()), files={"a": ""})
case("builtins.pathExists (toString ./a + \"/\")", do(lambda f: ((f / "a").unlink(), (f / "a").mkdir())), files={"a": ""})
case("builtins.readDir ./d", write("d/b", ""), files={"d/a": ""})
case("builtins.readDir ./d", do(lambda f: ((f / "d/a").unlink(), (f / "d/a").mkdir())), files={"d/a": ""})
case("builtins.readFileType ./a", do(lambda f: ((f / "a").unlink(), (f / "a").symlink_to("b"))), files={"a": "", "b": ""})
case("builtins.getEnv \"WORD\"", lambda f, e: e.update(WORD="new"), environment={"WORD": "old"})
case("builtins.getEnv \"WORD\"", lambda f, e: e.pop("WORD") and None, environment={"WORD": "old"})
case("import <lib>", lambda f, e: e.update(NIX_PATH=f"lib={f}/two.nix"), files={"one.nix": "1", "two.nix": "2"}, environment={"NIX_PATH": "lib=one.nix"})
case("builtins.hashFile \"sha256\" ./a", write("a", "new"), files={"a": "old"})
case("\"${./src}\"", write("src/a", "new"), files={"src/a": "old"})
case("\"${./src}\"", write("src/b", ""), files={"src/a": "old"})
case("\"${./src}\"", do(lambda f: os.chmod(f / "src/a", 0o755)), files={"src/a": "old"})
case("\"${./src}\"", do(lambda f: ((f / "src/l").unlink(), (f / "src/l").symlink_to("c"))), files={"src/a": "", "src/l": ("a",)})
case("builtins.path { path = ./src; filter = p: t: baseNameOf p != \"skipped\"; }", write("src/b", ""), files={"src/a": "", "src/skipped": ""})
case("builtins.filterSource (p: t: t == \"regular\") ./src", do(lambda f: ((f / "src/a").unlink(), (f / "src/a").mkdir())), files={"src/a": "", "src/b": ""})
case("import ./l", do(lambda f: ((f / "l").unlink(), (f / "l").symlink_to("two.nix"))), files={"one.nix": "1", "two.nix": "2", "l": ("one.nix",)})
case("builtins.readFile ./d/a", do(lambda f: ((f / "d").unlink(), (f / "d").symlink_to("two"))), files={"one/a": "1", "two/a": "2", "d": ("one",)})
case("builtins.readDir ./d", do(lambda f: ((f / "d").unlink(), (f / "d").symlink_to("two"))), files={"one/a": "1", "two/b": "2", "d": ("one",)})
case("builtins.currentTime > 0", lambda f, e: None, hit=False, differs=False)
for file in ("/proc/self/stat", "/proc/uptime", "/sys/kernel/mm/transparent_hugepage/enabled", "/dev/null"):
    if os.path.exists(file):
        case(f"builtins.seq (builtins.readFile {file}) 1", lambda f, e: None, hit=False, differs=False)
case("builtins.seq (builtins.readDir /proc/self) 1", lambda f, e: None, hit=False, differs=False)
case("builtins.trace \"seen\" (import ./a.nix)", write("a.nix", "2"), files={"a.nix": "1"})
case("{ x }: x", lambda f, e: ["--argstr", "x", "new"], words=["--argstr", "x", "old"])
case("builtins.currentSystem", lambda f, e: ["--system", "aarch64-linux"], words=["--system", "x86_64-linux"])
case("(derivation { name = \"n\"; system = \"s\"; builder = ./builder; }).drvPath", write("builder", "new"), files={"builder": "old"})

FLAKE = {"flake.nix": "{ outputs = { self }: { value = import ./value.nix; rev = self.rev or \"dirty\"; time = self.lastModified; list = builtins.readDir ./.; }; }",
         "value.nix": "1"}
case(".#value", write("value.nix", "2"), files=FLAKE, flake=True)
case(".#value", write("flake.nix", "{ outputs = _: { value = 5; }; }"), files=FLAKE, flake=True)
case(".#rev", write("value.nix", "2"), files=FLAKE, flake=True)
case(".#rev", do(lambda f: (write("value.nix", "2")(f, {}), git(f, "commit", "-qam", "two"))), files=FLAKE, flake=True)
case(".#time", do(lambda f: git(f, "commit", "-q", "--amend", "--no-edit", "--allow-empty", GIT_COMMITTER_DATE="2001-02-03T04:05:06Z")), files=FLAKE, flake=True)
case(".#list", add_to_git("new.nix", ""), files=FLAKE, flake=True)
case(".#list", write("untracked.nix", ""), files=FLAKE, flake=True, differs=False)
case(".#list", do(lambda f: (f / "value.nix").unlink()), files=FLAKE, flake=True)
case(".#rev", do(lambda f: (git(f, "checkout", "-q", "-b", "other"), write("value.nix", "9")(f, {}), git(f, "commit", "-qam", "on a branch"))), files=FLAKE, flake=True)

def tracked(**files):
    """A flake whose hash and state are asked for, with other files beside it."""
    return {"flake.nix": "{ outputs = { self }: { state = [ (self.sourceInfo.rev or \"dirty\") self.narHash ]; }; }"} | files


def relink(name, target):
    return do(lambda f: ((f / name).unlink(), (f / name).symlink_to(target)))


# What counts of a tracked file is what stands there, not what a link leads to.
case(".#state", relink("l", "other"), files=tracked(l=("nowhere",)), flake=True)
case(".#state", relink("l", "b"), files=tracked(a="same", b="same", l=("a",)), flake=True)
case(".#state", relink("a", "b"), files=tracked(a="same", b="same"), flake=True)
case(".#state", do(lambda f: ((f / "d").rename(f / "e"), (f / "d").symlink_to("e"))), files=tracked() | {"d/a": ""}, flake=True)
case(".#state", do(lambda f: os.chmod(f / "a", 0o755)), files=tracked(a=""), flake=True)


def commit_behind_two_names(folder):
    commit = subprocess.run(["git", "-C", folder, "-c", "user.name=n", "-c", "user.email=e@example.org", "commit-tree", "-m", "two", "HEAD^{tree}"], check=True, capture_output=True, text=True)
    git(folder, "update-ref", "refs/heads/real", commit.stdout.strip())


case(".#rev", do(commit_behind_two_names), files=FLAKE, flake=True, prepare=lambda f: (git(f, "branch", "real"), git(f, "symbolic-ref", "refs/heads/main", "refs/heads/real")))
# Whether a file that was touched is another one than Git's depends on these.
for place in (".git/info/attributes", ".gitattributes", "../home/.config/git/attributes"):
    case(".#state", do(lambda f, place=place: (write(place, "* text eol=lf\n")(f, {}), os.utime(f / "d/a"))), files=tracked() | {"d/a": "x\r\n"}, flake=True)
ATTRIBUTES, NAMED = "* text eol=lf\n", "[Core]\n\tattributesFile = ~/attributes\n"
for name, text in (("attributes", ATTRIBUTES), (".gitconfig", NAMED), ("other", NAMED)):
    before = {".gitconfig": "[include]\n  path = \"other\"\n" if name == "other" else NAMED, "attributes": ATTRIBUTES, "other": ""}
    case(".#state", do(lambda f, name=name, text=text: (write(f"../home/{name}", text)(f, {}), os.utime(f / "a"))), flake=True,
         files=tracked(a="x\r\n") | {f"../home/{n}": t for n, t in before.items() if n != name})

# Where settings are looked for.
case("builtins.currentSystem", lambda f, e: e.update(XDG_CONFIG_DIRS=f"{f}/two"), environment={"XDG_CONFIG_DIRS": "one"}, files={"two/nix/nix.conf": "system = i686-linux"})
TRUSTED = {"flake.nix": "{ nixConfig.max-call-depth = 5000; outputs = _: { value = 1; }; }", "one/nix/trusted-settings.json": '{"max-call-depth":{"5000":true}}'}
case(".#value", lambda f, e: e.update(XDG_DATA_HOME=f"{f}/two"), environment={"XDG_DATA_HOME": "one"}, files=TRUSTED, flake=True)
# Messages are shown as they would be now.
case("builtins.warn \"w\" 1", lambda f, e: e.update(CLICOLOR_FORCE="1"))
INPUT = {"flake.nix": "{ inputs.dep.url = \"path:./dep\"; outputs = { self, dep }: { value = dep.value; }; }", "dep/flake.nix": "{ outputs = _: { value = 1; }; }"}
case(".#value", write("dep/flake.nix", "{ outputs = _: { value = 2; }; }"), files=INPUT, flake=True)


class Checker:
    def __init__(self, evalctl):
        self.evalctl, self.passed, self.failed = evalctl, 0, 0

    def check(self, name, holds, explanation):
        self.passed += bool(holds)
        self.failed += not holds
        if not holds:
            print(f"FAIL {name}: {explanation}")

    def evaluate(self, folder, cache, what, words, environment):
        variables = dict(os.environ, XDG_CACHE_HOME=str(cache), HOME=str(folder.parent / "home"), **environment)
        variables.pop("NIX_PATH", None) if "NIX_PATH" not in environment else None
        command = [self.evalctl, "eval", "--read-only", "--json", *what, *words]
        done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True)
        return done.returncode, done.stdout, done.stderr

    def run(self, test, root):
        folder, cache = root / "work", root / "cache"
        folder.mkdir()
        for name, text in test["files"].items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.symlink_to(text[0]) if isinstance(text, tuple) else path.write_text(text)
        what = [test["expression"]]
        if test["flake"]:
            git(folder, "init", "-q", "-b", "main")
            git(folder, "add", ".")
            git(folder, "commit", "-q", "-m", "first")
        else:
            (folder / "default.nix").write_text(test["expression"])
            what = ["--file", "default.nix"]
        if test["prepare"]:
            test["prepare"](folder)
        self.compare(test, folder, cache, what)

    def compare(self, test, folder, cache, what):
        name, words, environment = test["expression"], test["words"], dict(test["environment"])
        always = ["--option", "eval-cache", "always"]
        time.sleep(PAUSE)
        # A flake is locked first, which writes a file.
        if test["flake"]:
            self.evaluate(folder, cache, what, words + ["--no-eval-cache"], environment)
            time.sleep(PAUSE)
        first = self.evaluate(folder, cache, what, words + always, environment)
        self.check(name, first[0] == 0, f"first run failed:\n{first[2]}")
        before = entries(cache)
        time.sleep(PAUSE)
        second = self.evaluate(folder, cache, what, words + always, environment)
        after = entries(cache)
        self.check(name, second == first, f"the second answer differs: {second} not {first}")
        if test["hit"]:
            again = before.keys() == after.keys() and bool(before)
            self.check(name, again and all(before[inode] < after[inode] for inode in before), f"not answered from the cache: {before} {after}")
        else:
            self.check(name, not before, "kept although it cannot be checked")
        words = test["change"](folder, environment) or words
        time.sleep(PAUSE)
        third = self.evaluate(folder, cache, what, words + always, environment)
        fresh = self.evaluate(folder, cache, what, words + ["--no-eval-cache"], environment)
        self.check(name, (fresh != first) == test["differs"], f"the change has the wrong effect: {first} {fresh}")
        self.check(name, third == fresh, f"stale: {third} instead of {fresh}")

    def change_while_evaluated(self, root):
        """What changed while it was evaluated is not kept as it is in the end."""
        folder, cache, always = root / "work", root / "cache", ["--option", "eval-cache", "always"]
        folder.mkdir()
        (folder / "link").symlink_to("one")
        # It tells when it has looked, and goes on for a while.
        (folder / "default.nix").write_text("""
          let
            seen = [ (builtins.pathExists ./new) (builtins.readFileType ./link) ];
            fib = n: if n < 2 then n else fib (n - 1) + fib (n - 2);
          in
          builtins.deepSeq seen (builtins.trace "looked" (builtins.seq (fib 30) seen))
        """)
        time.sleep(PAUSE)
        command = [self.evalctl, "eval", "--read-only", "--json", "-f", "default.nix", "--tier", "interpreter", *always]
        running = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=dict(os.environ, XDG_CACHE_HOME=str(cache), HOME=str(root / "home")))
        running.stderr.readline()
        (folder / "new").write_text("")
        (folder / "link").unlink()
        (folder / "link").mkdir()
        running.communicate()
        time.sleep(PAUSE)
        later = self.evaluate(folder, cache, ["-f", "default.nix", "--tier", "interpreter"], always, {})
        self.check("while evaluated", later == (0, '[true,"directory"]\n', "trace: looked\n"), f"{later}")

    def written(self, root):
        """What a run writes beside its answer it writes each time."""
        folder, cache = root / "work", root / "cache"
        folder.mkdir()
        (folder / "default.nix").write_text('derivation { name = "n"; system = "s"; builder = "b"; }')
        for words, file in ((["--graph", "graph.json"], "graph.json"), (["--store", str(folder / "store")], "store"), (["--write-to", "out", "--apply", "drv: drv.name"], "out")):
            for _ in range(3):
                time.sleep(PAUSE)
                command = [self.evalctl, "eval", "--file", "default.nix", *words, "--option", "eval-cache", "always", *([] if file == "store" else ["--read-only"])]
                done = subprocess.run(command, cwd=folder, env=dict(os.environ, XDG_CACHE_HOME=str(cache)), capture_output=True, text=True)
                self.check("written", done.returncode == 0 and (folder / file).exists(), f"{words}: {done.stderr}")
                shutil.rmtree(folder / file) if (folder / file).is_dir() else (folder / file).unlink(missing_ok=True)
    def edits(self, root):
        """An answer after an edit takes over from the one before what it knows of files that are as they were."""
        folder, cache, rng = root / "work", root / "cache", random.Random(1)
        (folder / "d").mkdir(parents=True)
        (folder / "default.nix").write_text("[ (import ./a.nix) (builtins.readFile ./b) (builtins.readDir ./d) (builtins.pathExists ./c) ]")
        files = {"a.nix": ["1", "2"], "b": ["old", "new"], "c": ["", None], "d/x": ["", None]}
        for name in files:
            (folder / name).write_text(files[name][0])
        for number in range(24):
            time.sleep(PAUSE)
            kept, fresh = (self.evaluate(folder, cache, ["-f", "default.nix"], words, {}) for words in (["--option", "eval-cache", "always"], ["--no-eval-cache"]))
            self.check("edits", kept == fresh, f"stale after {number} edits: {kept} instead of {fresh}")
            name, text = rng.choice([(name, text) for name, texts in files.items() for text in texts])
            (folder / name).unlink(missing_ok=True) if text is None else (folder / name).write_text(text)

    def damage(self, root):
        """A damaged file, or one of another program, counts as none."""
        folder, cache = root / "work", root / "cache"
        folder.mkdir()
        (folder / "default.nix").write_text("1 + 1")
        always = ["--option", "eval-cache", "always"]
        time.sleep(PAUSE)
        good = self.evaluate(folder, cache, ["-f", "default.nix"], always, {})
        file = next((cache / "evalctl/answers").iterdir())
        contents = file.read_bytes()
        for damaged in (b"", contents[:40], contents[:-1], contents[:200] + b"\0" + contents[201:], b"\xff" * 5000, contents + b"x"):
            file.write_bytes(damaged)
            self.check("damage", self.evaluate(folder, cache, ["-f", "default.nix"], always, {}) == good, repr(damaged[:60]))
        file.write_bytes(contents.replace(b"2", b"3"))
        self.check("damage", self.evaluate(folder, cache, ["-f", "default.nix"], always, {}) == good, "another answer")
        self.check("damage", file.stat().st_mode & 0o77 == 0, "others may read what was printed")
        for spoil in (lambda: file.chmod(0o666), lambda: os.chown(file, 12345, -1) if os.geteuid() == 0 else None):
            inode = file.stat().st_ino
            spoil()
            self.check("damage", self.evaluate(folder, cache, ["-f", "default.nix"], always, {}) == good, "whose it is")
            self.check("damage", file.stat().st_ino != inode or file.stat().st_mode & 0o77 == 0, "not replaced")
        shutil.rmtree(cache / "evalctl/answers")
        (cache / "evalctl/answers").write_text("no folder")
        self.check("no folder", self.evaluate(folder, cache, ["-f", "default.nix"], always, {}) == good, "a file in the place of the folder")


def entries(cache):
    folder = cache / "evalctl/answers"
    return {entry.stat().st_ino: entry.stat().st_mtime_ns for entry in folder.iterdir()} if folder.is_dir() else {}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--evalctl", required=True)
    parser.add_argument("--filter", default="")
    arguments = parser.parse_args()
    checker = Checker(os.path.abspath(arguments.evalctl))
    steps = [lambda root, test=test: checker.run(test, root) for test in CASES if arguments.filter in test["expression"]] + [checker.change_while_evaluated, checker.written, checker.edits, checker.damage]
    for step in steps:
        with tempfile.TemporaryDirectory() as root:
            step(pathlib.Path(root).resolve())
    print(f"{checker.passed} passed, {checker.failed} failed")
    return checker.failed > 0


if __name__ == "__main__":
    sys.exit(main())
