#!/usr/bin/env python3
"""The cache of machine code: it is used, and whatever happens to its file, evaluation gives the same.

Exits with 77 where there is no compiler. The last line is `N passed, M failed`.
"""

import argparse
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

PROGRAM = """
let fib = n: if n < 2 then n else fib (n - 1) + fib (n - 2);
    set = { a = 1; b.c = 2; };
    sum = builtins.foldl' (a: b: a + b * set.b.c) 0 (builtins.genList (x: x + set.a) 500);
in derivation { name = "n"; system = "s"; builder = toString [ (fib 12) sum ]; }
"""
AT_ONCE = ["--option", "code-heat", "0"]


class Fixture:
    def __init__(self, evalctl, folder):
        self.evalctl, self.folder = evalctl, pathlib.Path(folder)
        self.program = self.folder / "program.nix"
        self.program.write_text(PROGRAM)
        self.environment = os.environ | {"XDG_CACHE_HOME": folder, "NIX_SHOW_STATS": "1",
                                         "NIX_SHOW_STATS_PATH": str(self.folder / "statistics.json")}

    def run(self, *arguments):
        return subprocess.run([self.evalctl, *arguments], capture_output=True, text=True, check=False, timeout=120, env=self.environment)

    def evaluate(self, tier="auto"):
        """Returns (standard output, functions taken from the cache)."""
        result = self.run("eval", "--read-only", "--option", "eval-cache", "false", "--tier", tier, *AT_ONCE, "--file", str(self.program), "-A", "drvPath")
        if result.returncode != 0:
            return result.stderr, -1
        return result.stdout, json.loads((self.folder / "statistics.json").read_text())["nrFunctionsFromCodeCache"]

    def warm(self):
        return self.run("cache", "warm", *AT_ONCE, "--file", str(self.program))

    def file(self):
        files = list((self.folder / "evalctl/code").glob("*.code"))
        return files[0] if len(files) == 1 else None


def damages(file):
    """Yields (what, action) for each way to spoil the file."""
    good = file.read_bytes()
    randomness = random.Random(7)
    for at in sorted({0, 20, 50, 60, 70, 90, len(good) - 1} | {randomness.randrange(len(good)) for _ in range(12)}):
        yield f"byte {at} changed", good[:at] + bytes([good[at] ^ 0x55]) + good[at + 1:]
    for length in (0, 1, 40, 95, 96, 200, len(good) // 2, len(good) - 1):
        yield f"cut to {length} bytes", good[:length]
    yield "another file", b"#!/bin/sh\n" * 400
    yield "zeros", bytes(len(good))


def kill_writers(fixture):
    """Ends processes that fill the cache at all kinds of moments."""
    for delay in (0.02, 0.05, 0.1, 0.2, 0.3):
        with subprocess.Popen([fixture.evalctl, "cache", "warm", *AT_ONCE, "--file", str(fixture.program)], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, env=fixture.environment) as process:
            time.sleep(delay)
            process.send_signal(signal.SIGKILL)


def check(fixture, expect):
    expected, _ = fixture.evaluate("interpreter")
    expect(fixture.evaluate() == (expected, 0), "an empty cache gives nothing")
    warmed = fixture.warm()
    expect(warmed.returncode == 0 and not warmed.stderr, f"warming succeeds: {warmed.stderr}")
    plain = fixture.run("cache", "warm", *AT_ONCE, "--expr", "builtins.foldl' (a: b: a + b) 0 (builtins.genList (x: x) 50)")
    expect(plain.returncode == 0 and not plain.stderr, f"warming with a plain value succeeds: {plain.stderr}")
    file = fixture.file()
    expect(file is not None, "warming makes one file")
    if file is None:
        return
    output, used = fixture.evaluate()
    expect(output == expected and used >= 2, f"code is taken from the cache: {used} functions")
    good = file.read_bytes()
    for what, spoiled in damages(file):
        file.write_bytes(spoiled)
        expect(fixture.evaluate()[0] == expected, f"{what}: the same result")
    fixture.warm()
    expect(fixture.evaluate()[1] == used, "a spoiled file is replaced")
    file.chmod(0o666)
    expect(fixture.evaluate() == (expected, 0), "a file that others may write to is not used")
    file.unlink()
    file.mkdir()
    expect(fixture.evaluate() == (expected, 0), "a folder in its place is not used")
    file.rmdir()
    file.write_bytes(good)
    file.chmod(0o600)
    kill_writers(fixture)
    expect(fixture.evaluate() == (expected, used), "killed writers do no harm")
    writers = [subprocess.Popen([fixture.evalctl, "cache", "warm", *AT_ONCE, "--file", str(fixture.program)],
                                stdout=subprocess.DEVNULL, env=fixture.environment) for _ in range(4)]
    expect([w.wait() for w in writers] == [0] * 4 and fixture.evaluate() == (expected, used), "writers at the same time")
    code = fixture.folder / "evalctl/code"
    code.rename(fixture.folder / "good")
    code.write_text("no folder")
    said = fixture.warm()
    expect(said.returncode == 1 and said.stderr == f"error: machine code cannot be kept in '{code}'\n", f"what cannot be written is told: {said}")
    code.unlink()
    (fixture.folder / "good").rename(code)
    expect(fixture.run("cache", "info").stdout.split("functions:")[1].split()[0] != "0", "info counts functions")
    expect(fixture.run("cache", "clear").returncode == 0 and fixture.evaluate() == (expected, 0), "clear removes all")


def check_another_build(evalctl, folder, expect):
    """A compiler of other sources beside the program: it is told, and not called."""
    folder = pathlib.Path(folder) / "bin"
    folder.mkdir()
    built = pathlib.Path(evalctl).parent
    library = next(p for p in (built / "evalctl-jit.so", built / "../lib/evalctl-jit.so") if p.exists()).read_bytes()
    spoiled, stamps = re.subn(rb"(evalctl evaluator )[0-9a-f]{64}", lambda found: found[1] + b"0" * 64, library)
    expect(stamps >= 1, "the compiler has a stamp")
    shutil.copy(evalctl, folder / "evalctl")
    for content, warns in ((spoiled, True), (library, False)):
        (folder / "evalctl-jit.so").write_bytes(content)
        for tier in ("jit", "auto"):
            result = subprocess.run([folder / "evalctl", "eval", "--tier", tier, "--expr", "builtins.foldl' (a: b: a + b) 0 (builtins.genList (x: x) 50)"],
                                    capture_output=True, text=True, check=False, timeout=120, env=os.environ | {"XDG_CACHE_HOME": str(folder)})
            expect(result.stdout == "1225\n" and result.returncode == 0, f"a compiler of {'another' if warns else 'this'} build, {tier}: {result}")
            expect(("another build" in result.stderr) == (warns and tier == "jit"), f"told where machine code was asked for: {result.stderr}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--evalctl", required=True, type=os.path.abspath)
    options = parser.parse_args()
    folder = os.path.dirname(options.evalctl)
    if not any(os.path.exists(os.path.join(folder, place)) for place in ("evalctl-jit.so", "../lib/evalctl-jit.so")):
        print("no compiler beside the program")
        return 77
    counts = {True: 0, False: 0}

    def expect(holds, what):
        counts[bool(holds)] += 1
        if not holds:
            print("FAIL", what)

    with tempfile.TemporaryDirectory() as temporary:
        check(Fixture(options.evalctl, temporary), expect)
        check_another_build(options.evalctl, temporary, expect)
    print(f"{counts[True]} passed, {counts[False]} failed")
    return 1 if counts[False] else 0


if __name__ == "__main__":
    sys.exit(main())
