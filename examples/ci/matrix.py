#!/usr/bin/env python3
"""Makes a GitHub Actions matrix of the lines of `evalctl jobs`, on standard input.

Jobs that are built or cached already, and those that failed, are left out. Jobs with the same derivation are one entry; where
there are more than LIMIT, an entry has several.
"""

import json
import sys

# GitHub takes 256 entries in a matrix; each kind of machine may make one more of the last part.
LIMIT = 250
RUNNERS = {"x86_64-linux": "ubuntu-latest", "aarch64-linux": "ubuntu-24.04-arm", "aarch64-darwin": "macos-latest"}


def main():
    wanted = {}
    for line in sys.stdin:
        job = json.loads(line)
        if "error" not in job and not job.get("isCached") and job["system"] in RUNNERS:
            wanted.setdefault(job["drvPath"], job)
    jobs = sorted(wanted.values(), key=lambda job: (job["system"], job["attr"]))
    size = -(-len(jobs) // LIMIT) or 1
    entries = []
    for system in sorted({job["system"] for job in jobs}):
        same = [job for job in jobs if job["system"] == system]
        for at in range(0, len(same), size):
            part = same[at:at + size]
            name = part[0]["attr"] if len(part) == 1 else f"{part[0]['attr']} and {len(part) - 1} more"
            entries.append({"name": name, "runner": RUNNERS[system], "drvs": " ".join(job["drvPath"] for job in part)})
    print("matrix=" + json.dumps({"include": entries}))
    print("any=" + ("true" if entries else "false"))


if __name__ == "__main__":
    main()
