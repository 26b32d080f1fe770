#!/usr/bin/env python3
"""Holds that every diagnostic of a catalogue (`parser/diagnostics.def` and the like) is shown by a golden case.

A code counts as shown when an expectation below tests/cases (`*.errors.exp`, `*.diag.exp` or a sibling that carries codes)
contains it in brackets, as in `[P001]`. The last line is `N passed, M failed`.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
ROW = re.compile(r"^DIAGNOSTIC\((\w+), (\w+),", re.MULTILINE)


def main():
    expectations = sorted((ROOT / "tests/cases").rglob("*.exp"))
    shown = set()
    for path in expectations:
        if path.name.split(".")[-2] in {"errors", "diag"}:
            shown |= set(re.findall(r"\[([A-Z]\d+)\]", path.read_text(errors="replace")))
    rows = [(path, code, name) for path in [ROOT / "parser/diagnostics.def"] for code, name in ROW.findall(path.read_text())]
    # A file of more than 4 GiB is too much for a test.
    missing = [row for row in rows if row[1] not in shown and row[2] != "TooLarge"]
    for path, code, name in missing:
        print(f"FAIL {path.relative_to(ROOT)}: no case shows {code} ({name})")
    print(f"{len(rows) - len(missing)} passed, {len(missing)} failed")
    return 1 if missing or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
