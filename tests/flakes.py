#!/usr/bin/env python3
"""Flakes: lock files, values, fetching, pure evaluation. Where `nix` is at hand, its answers are compared as well.

All is made anew in a temporary folder, with a web server on the loopback. `--filter TEXT` runs the parts whose names
contain it (locks, values, fetching, purity, names, hints, config); `--update` rewrites the expected lock files. The last line of the output is
`N passed, M failed`.
"""

import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "flakes"))

import config  # noqa: E402
import fetching  # noqa: E402
import hints  # noqa: E402
import locks  # noqa: E402
import names  # noqa: E402
import purity  # noqa: E402
import values  # noqa: E402
import world as worlds  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--evalctl", type=pathlib.Path, required=True)
    parser.add_argument("--filter", default="")
    parser.add_argument("--update", action="store_true")
    arguments = parser.parse_args()
    report = worlds.Report()
    parts = {"locks": lambda w: locks.run(w, report, arguments.update), "values": lambda w: values.run(w, report),
             "fetching": lambda w: fetching.run(w, report), "purity": lambda w: purity.run(w, report), "names": lambda w: names.run(w, report),
             "hints": lambda w: hints.run(w, report), "config": lambda w: config.run(w, report)}
    for name, run in parts.items():
        if arguments.filter not in name:
            continue
        world = worlds.fixture(arguments.evalctl.resolve())
        try:
            run(world)
        finally:
            world.close()
    print(f"{report.passed} passed, {report.failed} failed")
    return 1 if report.failed or not report.passed else 0


if __name__ == "__main__":
    sys.exit(main())
