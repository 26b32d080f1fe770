#!/usr/bin/env python3
"""Writes docs/errors-side-by-side.md: twenty failing programs, with what Nix (nix-instantiate of PATH) and evalctl say.

The programs are cases of tests/cases/diagnostics. Paths of this machine become `.`.
"""
import argparse
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
CASES = ROOT / "tests" / "cases" / "diagnostics"
PROGRAMS = [
    "missing-near", "undefined-near", "undefined-types", "call-missing-two", "call-extra-quoted", "coerce-set",
    "coerce-integer", "condition-type", "type-map-over-set", "recursion-overlay", "syntax-semicolon",
    "syntax-comma-in-list", "syntax-json", "file-near", "derivation-bad-argument", "option-type", "option-element",
    "option-generated", "option-conflict", "module-mixed",
]


def output_of(command, name):
    result = subprocess.run(command + [name], cwd=CASES, capture_output=True, text=True, check=False,
                            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/nonexistent"})
    return "\n".join(line.rstrip() for line in result.stderr.replace(str(CASES), ".").strip().splitlines())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--evalctl", default=str(ROOT / "build/release/evalctl"))
    evalctl = parser.parse_args().evalctl
    nix = subprocess.run(["nix-instantiate", "--version"], capture_output=True, text=True, check=True).stdout.split()[-1]
    parts = [f"# Errors side by side\n\nTwenty failing programs, with what Nix {nix} (`nix-instantiate --eval --strict`) and evalctl\n"
             "(`evalctl eval --file`) say about them. Made by `docs/generate/side_by_side.py`.\n"]
    for number, name in enumerate(PROGRAMS, 1):
        source = CASES / f"{name}.nix"
        parts.append(f"## {number}. {name.replace('-', ' ')}\n\n```nix\n{source.read_text().rstrip()}\n```\n")
        fixture = CASES / "fixtures" / f"{name}.nix"
        if fixture.exists():
            parts.append(f"with `fixtures/{name}.nix`:\n\n```nix\n{fixture.read_text().rstrip()}\n```\n")
        parts.append(f"Nix:\n\n```\n{output_of(['nix-instantiate', '--eval', '--strict'], source.name)}\n```\n")
        parts.append(f"evalctl:\n\n```\n{output_of([evalctl, 'eval', '--read-only', '--file'], source.name)}\n```\n")
    (ROOT / "docs" / "errors-side-by-side.md").write_text("\n".join(parts))


if __name__ == "__main__":
    main()
