#!/usr/bin/env python3
"""Applies the fixes of the failing programs in tests/cases/diagnostics and holds that each helps: the program then
evaluates, or fails elsewhere or otherwise. The last line is `N passed, M failed`.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

CASES = pathlib.Path(__file__).resolve().parent / "cases" / "diagnostics"


def diagnose(evalctl, source):
    """Returns the diagnostic as JSON, or None when the program evaluates."""
    result = subprocess.run([evalctl, "eval", "--read-only", "--log-format", "json", "--file", source.name], cwd=source.parent,
                            capture_output=True, timeout=60, check=False)
    lines = [line for line in result.stderr.decode("utf-8", "replace").splitlines() if line.startswith("{")]
    return None if result.returncode == 0 or not lines else json.loads(lines[-1])


def offset_of(text, line, column):
    return sum(len(part) for part in text.split(b"\n")[: line - 1]) + line - 1 + column - 1


def apply(folder, fix):
    path = pathlib.Path(fix["file"])
    path = path if path.is_absolute() else folder / path
    text = path.read_bytes()
    begin, end = offset_of(text, fix["line"], fix["column"]), offset_of(text, fix["endLine"], fix["endColumn"])
    path.write_bytes(text[:begin] + fix["replacement"].encode() + text[end:])
    return path


def check(evalctl, source):
    """Returns None when there is no fix, else (helped, what is left)."""
    before = diagnose(evalctl, source)
    if not before or not before["fixes"]:
        return None
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder).resolve() / "cases"
        shutil.copytree(CASES, copy)
        before = diagnose(evalctl, copy / source.name)
        if not before or not before["fixes"]:
            return None
        changed = apply(copy, before["fixes"][0])
        if changed != copy / source.name:
            # The file of a reported module: the fix is right when the text still parses.
            parsed = subprocess.run([evalctl, "nix-instantiate", "--parse", str(changed)], capture_output=True, check=False)
            return parsed.returncode == 0, parsed.stderr.decode("utf-8", "replace")
        after = diagnose(evalctl, copy / source.name)
        keys = ("code", "message", "primary")
        return after is None or any(after.get(k) != before.get(k) for k in keys), after


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--evalctl", default=str(CASES.parents[2] / "build/release/evalctl"))
    evalctl = os.path.abspath(parser.parse_args().evalctl)
    passed = failed = 0
    sources = sorted(CASES.glob("*.nix"))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        outcomes = list(pool.map(lambda source: check(evalctl, source), sources))
    for source, outcome in zip(sources, outcomes):
        if outcome is None:
            continue
        passed += outcome[0]
        failed += not outcome[0]
        if not outcome[0]:
            print(f"FAIL {source.name}: {outcome[1]}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
