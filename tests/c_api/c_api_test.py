#!/usr/bin/env python3
"""Runs a program in C that embeds the evaluator, with a store and a cache of its own, and compares what it prints.

The last line of the output is `N passed, M failed`.
"""

import argparse
import difflib
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent


def run(program, folder):
    flake = folder / "flake"
    flake.mkdir()
    (flake / "flake.nix").write_text("{ outputs = { self }: { value = [ 1 self.other ]; other = 2; }; }\n")
    # The texts of files live as long as the process, on purpose: AddressSanitizer must not take them for leaks.
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "XDG_CACHE_HOME": str(folder / "cache"), "ASAN_OPTIONS": "detect_leaks=0"}
    done = subprocess.run([program, folder / "store", flake], env=environment, capture_output=True, text=True, timeout=300, check=False)
    return done.stdout + f"status {done.returncode}\n" + done.stderr


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", type=pathlib.Path, required=True)
    with tempfile.TemporaryDirectory() as folder:
        printed = run(parser.parse_args().program.resolve(), pathlib.Path(folder))
    expected = (HERE / "use.exp").read_text()
    sys.stdout.writelines(difflib.unified_diff(expected.splitlines(True), printed.splitlines(True), "expected", "printed"))
    print("1 passed, 0 failed" if printed == expected else "0 passed, 1 failed")
    return 0 if printed == expected else 1


if __name__ == "__main__":
    sys.exit(main())
