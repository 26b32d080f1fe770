#!/usr/bin/env python3
"""Times whole evaluations against another evaluator, in interleaved pairs, and refuses to time a wrong result.

  bench/compare.py --ours build/release/evalctl --theirs nix-instantiate [--pairs 5] [--nixpkgs FOLDER] [WORKLOAD...]

A workload is a name from bench/workloads: `NAME.nix` is evaluated as `nix-instantiate --eval --strict --readonly-mode`
does. Workloads that begin with `nixpkgs-` get NIX_PATH=nixpkgs=FOLDER and are left out without --nixpkgs. All of them run
by default. Both programs run once first, and both must print the same and exit with 0; otherwise the workload is reported
as wrong and not timed. Every timed run is checked, too. A pair is one run of each, in turns of who is first.

Of every pair the ratio ours/theirs is taken for wall time, user time, the greatest resident size and page faults (minor
and major); shown are the least, the median and the greatest of them, beside the medians of both programs. The exit code is
1 where a result is wrong, 2 for wrong usage.
"""

import argparse
import datetime
import hashlib
import json
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent
WORKLOADS = ROOT / "workloads"
FLAGS = ["--eval", "--strict", "--readonly-mode"]
MEASURES = {"wall": "s", "user": "s", "memory": "MB", "faults": ""}


class Wrong(Exception):
    """A run whose result cannot be trusted."""


def command_of(program):
    """The command that takes the options of nix-instantiate."""
    path = shutil.which(program) or program
    return [os.path.abspath(path), "nix-instantiate"] if pathlib.Path(path).name == "evalctl" else [path]


def environment_of(nixpkgs):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NIX_")}
    if nixpkgs:
        environment["NIX_PATH"] = f"nixpkgs={nixpkgs}"
    return environment


def measure(command, source, nixpkgs):
    """Runs once; returns (standard output, measures)."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        begin = time.perf_counter()
        process = subprocess.Popen(command + FLAGS + [str(source)], stdin=subprocess.DEVNULL, stdout=output, stderr=errors,
                                   env=environment_of(nixpkgs))
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        if process.returncode != 0:
            last = errors.read().decode("utf-8", "replace").strip().splitlines()[-1:]
            raise Wrong(f"{' '.join(command)} exits with {process.returncode}: {' '.join(last)}")
        return output.read(), {"wall": wall, "user": usage.ru_utime, "memory": usage.ru_maxrss / 1024,
                               "faults": usage.ru_minflt + usage.ru_majflt}


def summary(ours, theirs):
    """By measure: medians of both, and the least, median and greatest ratio of the pairs."""
    result = {}
    for name in MEASURES:
        ratios = [a[name] / b[name] if b[name] else float("nan") for a, b in zip(ours, theirs)]
        result[name] = {"ours": statistics.median(a[name] for a in ours), "theirs": statistics.median(b[name] for b in theirs),
                        "least": min(ratios), "median": statistics.median(ratios), "greatest": max(ratios)}
    return result


def compare(source, ours, theirs, pairs, nixpkgs):
    """Times one workload. Raises Wrong where the two do not print the same."""
    expected, _ = measure(theirs, source, nixpkgs)
    actual, _ = measure(ours, source, nixpkgs)
    if actual != expected:
        raise Wrong(f"ours prints {actual[:200]!r}, theirs {expected[:200]!r}")
    runs = {"ours": [], "theirs": []}
    for pair in range(pairs):
        turn = [("ours", ours), ("theirs", theirs)]
        for side, command in turn if pair % 2 == 0 else reversed(turn):
            output, measures = measure(command, source, nixpkgs)
            if output != expected:
                raise Wrong(f"{side} prints something else in pair {pair + 1}")
            runs[side].append(measures)
    return {"workload": source.stem, "pairs": pairs, "output": hashlib.sha256(expected).hexdigest(),
            "printed": expected[:120].decode("utf-8", "replace").strip(), "summary": summary(runs["ours"], runs["theirs"]), "runs": runs}


def version_of(command):
    result = subprocess.run(command[:1] + ["--version"], capture_output=True, text=True, check=False)
    return result.stdout.strip()


def number(value, unit):
    return f"{value:.0f}" if unit in {"", "MB"} else f"{value:.3f}"


def markdown(report):
    """The report as text with one table for each measure."""
    lines = [f"# {report['ours']} against {report['theirs']}", "",
             f"{report['date']}, {report['machine']}, load {report['load']:.1f}, {report['pairs']} interleaved pairs. "
             "A ratio is ours/theirs of one pair; both printed the same in every run."]
    for name, unit in MEASURES.items():
        lines += ["", f"## {name}{f' ({unit})' if unit else ''}", "", "| workload | ours | theirs | ratio: least | median | greatest |",
                  "|---|---:|---:|---:|---:|---:|"]
        for result in report["results"]:
            row = result["summary"][name]
            lines.append(f"| {result['workload']} | {number(row['ours'], unit)} | {number(row['theirs'], unit)} | "
                         f"{row['least']:.3f} | {row['median']:.3f} | {row['greatest']:.3f} |")
    if report["wrong"]:
        lines += ["", "Not timed, since the results differ:", ""] + [f"- {name}: {reason}" for name, reason in report["wrong"].items()]
    return "\n".join(lines) + "\n"


def find_workloads(names, nixpkgs):
    known = {path.stem: path for path in sorted(WORKLOADS.glob("*.nix"))}
    unknown = [name for name in names if name not in known]
    if unknown:
        sys.exit(f"error: no such workload: {', '.join(unknown)}; there are {', '.join(known)}")
    chosen = names or list(known)
    without_tree = [name for name in chosen if name.startswith("nixpkgs-") and not nixpkgs]
    for name in without_tree:
        print(f"{name}: left out, since it needs --nixpkgs")
    return [known[name] for name in chosen if name not in without_tree]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workloads", nargs="*", metavar="WORKLOAD")
    parser.add_argument("--ours", default=str(ROOT.parent / "build/release/evalctl"))
    parser.add_argument("--theirs", default="nix-instantiate")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--nixpkgs", help="the nixpkgs tree that <nixpkgs> stands for")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write every run there")
    parser.add_argument("--markdown", type=pathlib.Path, metavar="FILE", help="write the tables there")
    options = parser.parse_args()
    if options.pairs < 1:
        parser.error("--pairs must be at least 1")
    ours, theirs = command_of(options.ours), command_of(options.theirs)
    report = {"date": datetime.date.today().isoformat(), "machine": f"{platform.machine()}, {os.cpu_count()} cores",
              "ours": version_of(ours), "theirs": version_of(theirs), "pairs": options.pairs, "results": [], "wrong": {}}
    for source in find_workloads(options.workloads, options.nixpkgs):
        try:
            result = compare(source, ours, theirs, options.pairs, options.nixpkgs)
        except Wrong as reason:
            report["wrong"][source.stem] = str(reason)
            print(f"{source.stem}: WRONG: {reason}")
            continue
        report["results"].append(result)
        ratios = ", ".join(f"{name} {result['summary'][name]['median']:.3f}" for name in MEASURES)
        print(f"{source.stem}: {ratios} (medians of ours/theirs); prints {result['printed']}", flush=True)
    report["load"] = os.getloadavg()[0]
    if options.json:
        options.json.write_text(json.dumps(report, indent=1) + "\n")
    if options.markdown:
        options.markdown.write_text(markdown(report))
    return 1 if report["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
