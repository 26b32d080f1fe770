#!/usr/bin/env python3
"""Runs a local copy of Nix's functional language tests (tests/functional/lang of its repository) against evalctl.

  tests/language_tests.py --evalctl build/release/evalctl FOLDER [--filter TEXT] [--verbose]

Checked: exit status and, where an expectation lies beside a case, standard output. Also counted: failing cases whose
message begins with the same first line as the expected one. Exits with 1 when a case differs. The tests themselves are
not part of this repository.
"""
import argparse
import os
import pathlib
import re
import shlex
import subprocess
import sys


def flags_of(source, default):
    path = source.with_suffix(".flags")
    if not path.exists():
        return default
    return shlex.split(re.sub(r"#.*", "", path.read_text()))


class Runner:
    def __init__(self, evalctl, folder):
        self.command = [os.path.abspath(evalctl), "nix-instantiate"]
        self.folder = folder
        self.environment = dict(os.environ, TEST_VAR="foo", NIX_STORE_DIR="/nix/store", NO_COLOR="1")
        self.environment.pop("NIX_PATH", None)

    def run(self, arguments, source=None, **environment):
        with open(source, "rb") if source else open(os.devnull, "rb") as stdin:
            return subprocess.run(self.command + arguments, cwd=self.folder.parent, stdin=stdin, capture_output=True,
                                  timeout=120, env=dict(self.environment, **environment))

    def text(self, output):
        return output.decode("utf-8", "surrogateescape").replace(str(self.folder.parent), "/pwd")

    def check(self, source):
        """Returns (problem or None, first line of the expected message equals ours or None)."""
        name = source.name
        relative = f"{self.folder.name}/{name}"
        expected = source.with_suffix(".exp")
        if name.startswith("parse-"):
            result = self.run(["--parse", "-"], source)
        elif name.startswith("eval-fail-"):
            result = self.run(flags_of(source, ["--eval", "--strict", "--show-trace"]) + [relative])
        elif source.with_suffix(".exp.xml").exists():
            expected = source.with_suffix(".exp.xml")
            result = self.run(["--eval", "--xml", "--no-location", "--strict", relative])
        elif source.with_suffix(".exp-disabled").exists():
            return None, None
        else:
            result = self.run(flags_of(source, []) + ["--eval", "--strict", relative],
                              NIX_PATH=f"{self.folder.name}/dir3:{self.folder.name}/dir4", HOME="/fake-home")
        fails = "-fail-" in name
        if result.returncode != (1 if fails else 0):
            return f"exit status {result.returncode}: {self.text(result.stderr).strip()[:300]}", None
        if not fails and expected.exists() and self.text(result.stdout) != expected.read_text(errors="surrogateescape"):
            return f"output {self.text(result.stdout)[:300]!r}, expected {expected.read_text(errors='replace')[:300]!r}", None
        return None, self.same_message(source, result) if fails else None

    def same_message(self, source, result):
        path = source.with_suffix(".err.exp")
        if not path.exists():
            return None
        last = [line.strip() for line in path.read_text(errors="replace").splitlines() if line.strip().startswith("error:")]
        wanted = [m for m in last if m != "error:"]
        return bool(wanted) and wanted[-1] in self.text(result.stderr)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--evalctl", required=True)
    parser.add_argument("--filter", default="")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    runner = Runner(options.evalctl, options.folder.resolve())
    cases = sorted(p for p in runner.folder.glob("*.nix") if re.match(r"(eval|parse)-(okay|fail)-", p.name) and options.filter in p.name)
    failed, same, compared = 0, 0, 0
    for source in cases:
        problem, message = runner.check(source)
        if problem:
            failed += 1
            print(f"FAIL {source.name}: {problem}")
        if message is not None:
            compared += 1
            same += message
            if options.verbose and not message:
                print(f"MESSAGE {source.name}")
    print(f"{len(cases) - failed} of {len(cases)} cases as expected; {same} of {compared} messages the same")
    return 1 if failed or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
