#!/usr/bin/env python3
"""What each further host of a fleet costs: `evalctl jobs` for one similar NixOS system and for many, on one thread and on several.

Checks that the derivation of each host is the one that is found for it alone. A further host costs (many - one) / (hosts - 1).
Prints the medians of wall and processor seconds, and the peak of memory, of runs in turns.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

WORKLOAD = pathlib.Path(__file__).parent / "workloads" / "nixpkgs-fleet.nix"


def run(evalctl, environment, hosts, workers, first=0):
    """Seconds of wall time and of the processor, peak in MB, and the derivation of each host."""
    command = [evalctl, "jobs", "--read-only", "--file", str(WORKLOAD), "--arg", "hosts", str(hosts), "--arg", "from", str(first), "--workers", str(workers)]
    begin = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    answer, errors = process.stdout.read(), process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(errors)
    jobs = [json.loads(line) for line in answer.splitlines()]
    if failed := [job for job in jobs if "drvPath" not in job]:
        sys.exit(f"{failed[0]}")
    paths = {job["attr"]: job["drvPath"] for job in jobs}
    return time.perf_counter() - begin, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1000, paths


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ours", required=True)
    parser.add_argument("--nixpkgs", required=True)
    parser.add_argument("--hosts", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    evalctl = os.path.abspath(arguments.ours)
    environment = os.environ | {"NIX_PATH": f"nixpkgs={os.path.abspath(arguments.nixpkgs)}"}
    alone = {}
    for number in range(min(arguments.hosts, 4)):
        alone |= run(evalctl, environment, 1, 1, number)[3]
    print("| threads | first host, s | a further host, s | ratio | processor, s: first, further | MB: first, further |\n|---|---|---|---|---|---|")
    for workers in (1, os.cpu_count()):
        rows = []
        for _ in range(arguments.rounds):
            one, many = run(evalctl, environment, 1, workers), run(evalctl, environment, arguments.hosts, workers)
            wrong = {name for name, path in alone.items() if many[3].get(name) != path}
            if wrong or len(many[3]) != arguments.hosts:
                sys.exit(f"other derivations than alone: {sorted(wrong)}")
            rows.append([(a, (b - a) / (arguments.hosts - 1)) for a, b in zip(one[:3], many[:3])])
        wall, processor, memory = ([statistics.median(row[k][i] for row in rows) for i in (0, 1)] for k in range(3))
        ratios = [row[0][1] / row[0][0] for row in rows]
        print(f"| {workers} | {wall[0]:.2f} | {wall[1]:.2f} | {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}) "
              f"| {processor[0]:.2f}, {processor[1]:.2f} | {memory[0]:.0f}, {memory[1]:.0f} |", flush=True)


if __name__ == "__main__":
    main()
