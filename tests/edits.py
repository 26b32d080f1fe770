#!/usr/bin/env python3
"""Checks that what is evaluated again after an edit is what evaluation from the beginning gives.

Projects of several files that share a fixed point are written from a seed and edited at random: leaves (the value of an
attribute), structure, comments, lines that move others, mistakes and their repair. After each edit the answer of `eval --stay`
(and, of some projects, of `eval --watch`) has to be that of a process that knows nothing. Every project must have been answered
by a process that stayed for many of its edits. The last line is `N passed, M failed`.
"""

import argparse
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import time

MAIN = """
let
  lib = import ./lib.nix;
  files = [ ./a.nix ./b.nix ./c.nix ];
  modules = map (f: import f { inherit lib config; }) files;
  config = lib.merge modules;
  first = builtins.head modules;
  derivationOf = name: value: derivation { inherit name; system = "x86_64-linux"; builder = "/bin/sh"; args = [ (builtins.toJSON value) ]; };
in
{
  inherit config;
  drvs = lib.mapAttrs (name: value: (derivationOf name value).drvPath) config;
  graph = (derivationOf "all" (map (name: "${derivationOf name config.${name}}") (builtins.attrNames config))).drvPath;
  equal = lib.mapAttrs (name: value: lib.mapAttrs (other: v: v == value) config) config;
  kinds = lib.mapAttrs (name: value: builtins.typeOf value) config;
  caught = lib.mapAttrs (name: value: (builtins.tryEval (if builtins.isInt value && value > 60 then throw "large" else value)).success) config;
  numbers = builtins.sort builtins.lessThan (builtins.filter builtins.isInt (builtins.attrValues config));
  closure = builtins.genericClosure {
    startSet = [ { key = 0; } ];
    operator = x: if x.key < 5 then [ { key = x.key + 1 + (if config.flag then 1 else 0); } ] else [ ];
  };
  text = builtins.concatStringsSep "," (map builtins.toJSON (builtins.attrValues config));
  lazy = (config // { p0 = throw "not needed"; }).p1;
  hidden = if config.flag then { inherit (first.hidden) one; two = first.hidden.more.two; } else null;
  functions = { same = first.f == first.f; called = first.f 3; again = map first.f [ 4 5 ]; };
  PLACES
}
"""
LIB = """
rec {
  mapAttrs = f: set: builtins.listToAttrs (map (n: { name = n; value = f n set.${n}; }) (builtins.attrNames set));
  merge = builtins.foldl' (a: m: a // builtins.removeAttrs m [ "f" "hidden" ]) { };
  twice = x: x + x;
  limit = 40;
  id = x: x;
}
"""
PLACES = 'places = builtins.unsafeGetAttrPos "p2" first; data = builtins.stringLength (builtins.readFile ./b.nix);'


def leaf(rng, index):
    """An expression that reads only attributes before `index`."""
    n = rng.randrange(100)
    earlier = f"config.p{rng.randrange(index)}" if index else "7"
    number = f"(if builtins.isInt {earlier} then {earlier} else {n})"
    return rng.choice([
        str(n), str(n), f'"text {n}"', f"[ {n} {rng.randrange(9)} ]", rng.choice(["true", "false", "null"]),
        f"{number} + {n}", f"lib.limit - {n}", f'"${{toString {earlier}}}-{n}"' if index else f'"{n}"',
        f"if {number} > 50 then {n} else [ {earlier} ]", f"lib.twice {n}", f"lib.id {earlier}", earlier,
        f"with lib; limit * {n}", f"''\n    line {n}\n      more ${{toString {n}}}\n  ''", f"({n})", f"import ./value-{rng.randrange(3)}.nix",
        f"builtins.length [ {earlier} {n} ]", f"{earlier} == {n}", f"[ ({number}) ] ++ [ {n} ]", f"./value-{rng.randrange(3)}.nix == ./x",
        f"builtins.seq {earlier} {n}", f'builtins.trace "leaf {n}" {n}', f'builtins.trace "of ${{toString {earlier}}}" {earlier}' if index else str(n), f"(builtins.tryEval (throw \"{n}\")).success",
        f"builtins.readFile ./data-{rng.randrange(2)}", f"builtins.pathExists ./maybe-{rng.randrange(2)}", "builtins.attrNames (builtins.readDir ./folder)",
        'builtins.getEnv "WORD"', '"${./folder}"',
    ])


class Project:
    def __init__(self, folder, seed, evalctl, keeps_environment=False):
        self.folder, self.rng, self.evalctl, self.keeps_environment = folder, random.Random(seed), evalctl, keeps_environment
        self.leaves = [leaf(self.rng, i) for i in range(12)]
        self.extra, self.comments, self.flag = {}, [""] * 3, self.rng.choice(["true", "false"])
        self.shift = 1
        # What is evaluated for the first time after several edits of it.
        self.hidden = [leaf(self.rng, 12) for _ in range(2)]
        self.broken = False
        (folder / "lib.nix").write_text(LIB)
        (folder / "main.nix").write_text(MAIN.replace("PLACES", PLACES if seed % 3 == 0 else ""))
        for i in range(3):
            (folder / f"value-{i}.nix").write_text(f"let x = {i * 7}; in x * 2")
        # What leaves come to read besides.
        for i in range(2):
            (folder / f"data-{i}").write_text("data")
        (folder / "folder").mkdir()
        self.environment = dict(os.environ, WORD="first")
        self.write()

    def write(self):
        for number, name in enumerate("abc"):
            lines = [f"p{i} = {text};" for i, text in enumerate(self.leaves) if i % 3 == number]
            if number == 0:
                lines += [f"hidden = {{ one = {self.hidden[0]}; more.two = {self.hidden[1]}; }};", f"flag = {self.flag};", "f = x: x + shift;", "nested.deep = { inner = 5; };"]
            lines += [f"{k} = {v};" for k, v in self.extra.items() if ord(k[-1]) % 3 == number]
            body = "\n  ".join(lines)
            # What a function has captured.
            shift = f"let shift = {self.shift}; in " if number == 0 else ""
            text = f"{self.comments[number]}{{ lib, config }}: {shift}{{\n  {body}\n}}{' }' if self.broken and number == 0 else ''}\n"
            path = self.folder / f"{name}.nix"
            if not path.exists() or path.read_text() != text:
                # As editors save.
                (self.folder / "new").write_text(text)
                os.replace(self.folder / "new", path)

    def edit_data(self):
        """Something beside the files of the language."""
        kind, maybe = self.rng.randrange(3 if self.keeps_environment else 4), self.folder / f"maybe-{self.rng.randrange(2)}"
        if kind == 0:
            (self.folder / f"data-{self.rng.randrange(2)}").write_text(str(self.rng.randrange(1000)))
        elif kind == 1:
            maybe.unlink() if maybe.exists() else maybe.write_text("")
        elif kind == 2:
            (self.folder / "folder" / str(self.rng.randrange(100))).write_text("")
        else:
            self.environment["WORD"] = str(self.rng.randrange(100))

    def edit(self):
        kind = self.rng.randrange(27)
        self.broken = False
        if kind < 14:
            for _ in range(self.rng.choice([1, 1, 1, 2, 4])):
                i = self.rng.randrange(len(self.leaves))
                self.leaves[i] = leaf(self.rng, i)
        elif kind == 14:
            self.extra[f"q{self.rng.randrange(9)}"] = self.rng.randrange(9)
        elif kind == 15 and self.extra:
            self.extra.pop(self.rng.choice(sorted(self.extra)))
        elif kind == 16:
            self.comments[self.rng.randrange(3)] = self.rng.choice(["", "# one\n", "# one\n# two\n", "/* x */ "])
        elif kind == 17:
            self.flag = "false" if self.flag == "true" else "true"
        elif kind == 18:
            i = self.rng.randrange(3)
            (self.folder / f"value-{i}.nix").write_text(f"let x = {self.rng.randrange(50)}; in x * {self.rng.choice([2, 3])}")
        elif kind == 19:
            self.broken = True
        elif kind == 20:
            self.shift = self.rng.randrange(50)
        elif kind > 22:
            self.edit_data()
        else:
            self.hidden[self.rng.randrange(2)] = leaf(self.rng, 12)
        self.write()

    def run(self, *words):
        return subprocess.run([self.evalctl, "eval", *words, "-f", "main.nix", "--json", "--strict", "--read-only"], cwd=self.folder, capture_output=True, text=True,
                              env=self.environment)


def staying(folder):
    """The processes that stay behind there."""
    found = []
    for process in pathlib.Path("/proc").iterdir():
        if not process.name.isdigit():
            continue
        try:
            if os.readlink(process / "cwd") == str(folder) and b"--stay" in (process / "cmdline").read_bytes():
                found.append(int(process.name))
        except OSError:
            continue
    return sorted(found)


def sockets():
    return list(pathlib.Path(os.environ["XDG_CACHE_HOME"]).glob("evalctl/answers/*.socket"))


def standing(folder):
    """The processes that stay behind there, once they have evaluated."""
    deadline = time.monotonic() + 20
    while (there := staying(folder)) and not sockets() and time.monotonic() < deadline:
        time.sleep(0.005)
    return there


def end_of(folder):
    for process in staying(folder):
        try:
            os.kill(process, 15)
        except OSError:
            pass
    for socket in sockets():
        socket.unlink()


def check_stay(folder, seed, evalctl, edits):
    project, failures, kept, last = Project(folder, seed, evalctl), [], 0, None
    for number in range(edits):
        answer = project.run("--stay", "30", "--option", "eval-cache", "always", *(("--option", "collect-every", "20000") if seed % 2 else ("--max-heap", "24M")))
        fresh = project.run("--no-eval-cache")
        if (answer.returncode, answer.stdout, answer.stderr) != (fresh.returncode, fresh.stdout, fresh.stderr):
            failures.append(f"seed {seed}, edit {number}: {answer.returncode} {answer.stdout[:300]}{answer.stderr[:300]} instead of {fresh.stdout[:300]}{fresh.stderr[:300]}")
        there = standing(folder)
        kept += there == last and there != []
        last = there
        project.edit()
    end_of(folder)
    if kept < edits // 8:
        failures.append(f"seed {seed}: a process stayed for {kept} of {edits} edits only")
    return failures


def last_answer(text):
    lines = [line for line in text.splitlines() if line]
    return lines[-1] if lines else ""


def evaluated_again(log):
    """Whether a line of `--watch` says that it took an edit over; its time is not asserted."""
    return re.search(r"^evaluated again in \d+ ms$", log.read_text(), re.M)


def check_watch(folder, seed, evalctl, edits):
    # The process keeps the variables that it was started with.
    project, failures = Project(folder, seed, evalctl, keeps_environment=True), []
    output, log = folder / "output", folder / "log"
    with open(output, "w") as out, open(log, "w") as err:
        watching = subprocess.Popen([evalctl, "eval", "--watch", "-f", "main.nix", "--json", "--strict", "--read-only"], cwd=folder, stdout=out, stderr=err,
                                    env=project.environment)
        try:
            for number in range(edits):
                fresh = project.run("--no-eval-cache")
                deadline = time.monotonic() + 20
                wanted = (lambda: last_answer(output.read_text()) == fresh.stdout.strip()) if fresh.returncode == 0 else (lambda: fresh.stderr.strip() in log.read_text())
                while not wanted() and time.monotonic() < deadline:
                    time.sleep(0.02)
                if not wanted():
                    failures.append(f"seed {seed}, edit {number}: watched {last_answer(output.read_text())[:300]} {log.read_text()[-300:]} instead of {fresh.stdout[:300]}")
                project.edit()
            # An edit that follows at once is seen as one with the edit before it: a few more come slowly.
            deadline = time.monotonic() + 20
            while not evaluated_again(log) and time.monotonic() < deadline:
                project.edit()
                time.sleep(0.5)
        finally:
            watching.terminate()
            watching.wait()
    if not evaluated_again(log):
        failures.append(f"seed {seed}: nothing was evaluated again")
    return failures


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--evalctl", required=True)
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--edits", type=int, default=40)
    arguments = parser.parse_args()
    evalctl = os.path.abspath(arguments.evalctl)
    passed, failures = 0, []
    with tempfile.TemporaryDirectory() as cache:
        os.environ["XDG_CACHE_HOME"] = cache
        for check, edits in ((check_stay, arguments.edits), (check_watch, arguments.edits // 2)):
            for seed in range(arguments.first, arguments.first + arguments.seeds):
                with tempfile.TemporaryDirectory() as folder:
                    found = check(pathlib.Path(folder).resolve(), seed, evalctl, edits)
                passed += not found
                failures += found
    for failure in failures:
        print(failure)
    print(f"{passed} passed, {len(failures)} failed")
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
