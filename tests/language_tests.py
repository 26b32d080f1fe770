#!/usr/bin/env python3
"""Runs a folder of language tests laid out as those of Nix itself (its folder `lang`).

  parse-okay-X.nix   `--parse -` succeeds; standard output is X.exp, standard error X.err.exp where these exist
  parse-fail-X.nix   `--parse -` fails with exit code 1
  eval-okay-X.nix    `--eval --strict` succeeds; standard output is X.exp, or with --xml X.exp.xml; flags in X.flags
  eval-fail-X.nix    evaluation fails with exit code 1; X.flags replaces the usual flags

Expected messages (X.err.exp of a failure) are compared by their essence, the line that begins with `error:` and says what
went wrong, which the message found has to begin with; that count is reported apart and does not decide the exit code. The folder is an argument, since its
files are not part of this project; without it nothing is run.
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent
TIMEOUT_SECONDS = 60


class Outcome:
    """What came of one test: `problem` is None when it passed; `words` is None where no message was compared."""

    def __init__(self, name, problem=None, words=None, detail=""):
        self.name, self.problem, self.words, self.detail = name, problem, words, detail


def environment(home):
    kept = {k: v for k, v in os.environ.items() if not k.startswith("NIX_")}
    kept.update(TEST_VAR="foo", NIX_PATH="lang/dir3:lang/dir4", NIX_STORE_DIR="/nix/store", NIX_REMOTE="dummy://")
    if home:
        kept["HOME"] = "/fake-home"
    return kept


def read(path):
    return path.read_bytes() if path.exists() else b""


def flags_of(source, usual):
    path = source.with_suffix(".flags")
    return re.sub(r"#.*", "", path.read_text()).split() if path.exists() else usual


def without_colours(text):
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def essence(text):
    """The message of the error: what follows the last line that begins with `error:`, without a trace."""
    lines = [line.strip() for line in without_colours(text).splitlines()]
    found = [i for i, line in enumerate(lines) if line.startswith("error:")]
    if not found:
        return ""
    last = lines[found[-1]]
    if last == "error:" and found[-1] + 1 < len(lines):
        return ""
    return last.removeprefix("error:").strip()


class Runner:
    def __init__(self, command, folder):
        self.command, self.folder, self.top = command, folder, folder.parent

    def run(self, arguments, source, from_stdin, home):
        data = source.read_bytes() if from_stdin else None
        target = [] if from_stdin else [f"lang/{source.name}"]
        return subprocess.run(self.command + arguments + target, cwd=self.top, env=environment(home), input=data,
                              stdin=None if from_stdin else subprocess.DEVNULL, capture_output=True,
                              timeout=TIMEOUT_SECONDS, check=False)

    def shown(self, output):
        return output.replace(bytes(self.top), b"/pwd")

    def failing(self, source, result):
        errors = result.stderr.decode("utf-8", "replace")
        expected = essence(read(source.with_suffix(".err.exp")).decode("utf-8", "replace"))
        found = essence(self.shown(result.stderr).decode("utf-8", "replace"))
        problem = None
        if result.returncode != 1:
            problem = f"exit code {result.returncode} where 1 was expected\n{errors}"
        elif "error:" not in errors:
            problem = "failed without a message"
        return Outcome(source.stem, problem, found.startswith(expected), f"expected: {expected}\n     got: {found}")

    def succeeding(self, source, result, expectation):
        if result.returncode != 0:
            return Outcome(source.stem, f"exit code {result.returncode}\n{result.stderr.decode('utf-8', 'replace')}")
        found, expected = self.shown(result.stdout), read(expectation)
        problem = None
        if found != expected:
            problem = f"expected {expected.decode('utf-8', 'replace')}\n     got {found.decode('utf-8', 'replace')}"
        expected_errors = without_colours(read(source.with_suffix(".err.exp")).decode("utf-8", "replace"))
        found_errors = self.shown(result.stderr).decode("utf-8", "replace")
        same = expected_errors.strip() == found_errors.strip()
        return Outcome(source.stem, problem, same, f"expected: {expected_errors}\n     got: {found_errors}")

    def test(self, source):
        name = source.name
        try:
            if name.startswith("parse-fail-"):
                return self.failing(source, self.run(["--parse", "-"], source, True, False))
            if name.startswith("parse-okay-"):
                result = self.run(["--parse", "-"], source, True, False)
                return self.succeeding(source, result, source.with_suffix(".exp"))
            if name.startswith("eval-fail-"):
                flags = flags_of(source, ["--eval", "--strict", "--show-trace"])
                return self.failing(source, self.run(flags, source, False, False))
            xml = source.with_suffix(".exp.xml")
            if xml.exists():
                flags = ["--eval", "--xml", "--no-location", "--strict"]
                return self.succeeding(source, self.run(flags, source, False, False), xml)
            flags = flags_of(source, []) + ["--eval", "--strict"]
            return self.succeeding(source, self.run(flags, source, False, True), source.with_suffix(".exp"))
        except subprocess.TimeoutExpired:
            return Outcome(source.stem, f"no end after {TIMEOUT_SECONDS} s")


def sources(folder, wanted):
    kinds = ("parse-fail-", "parse-okay-", "eval-fail-", "eval-okay-")
    return [source for source in sorted(folder.glob("*.nix"))
            if source.name.startswith(kinds) and wanted in source.name and not source.with_suffix(".exp-disabled").exists()]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", help="the folder, whose name must be `lang`")
    parser.add_argument("--evalctl", default=str(ROOT.parent / "build/release/evalctl"))
    parser.add_argument("--filter", default="", help="only tests whose name contains this")
    parser.add_argument("--messages", action="store_true", help="show the messages that differ")
    options = parser.parse_args()
    if not options.folder:
        print("no folder of language tests given: nothing to do")
        return 0
    runner = Runner([os.path.abspath(options.evalctl), "nix-instantiate"], pathlib.Path(options.folder).resolve())
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        outcomes = list(pool.map(runner.test, sources(runner.folder, options.filter)))
    failed = [outcome for outcome in outcomes if outcome.problem]
    for outcome in failed:
        print(f"FAIL {outcome.name}\n{outcome.problem.rstrip()}")
    if options.messages:
        for outcome in outcomes:
            if outcome.words is False:
                print(f"MESSAGE {outcome.name}\n{outcome.detail}")
    compared = [outcome.words for outcome in outcomes if outcome.words is not None]
    print(f"{sum(compared)} of {len(compared)} messages as expected")
    print(f"{len(outcomes) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed or not outcomes else 0


if __name__ == "__main__":
    sys.exit(main())
