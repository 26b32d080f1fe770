#!/usr/bin/env python3
"""Makes a GitLab child pipeline of the lines of `evalctl jobs`, on standard input: a job for each derivation.

A job waits for those whose derivations it needs, when these are jobs too (with `--show-input-drvs`).
"""

import json
import sys

# GitLab takes no more jobs that a job may wait for.
MOST_NEEDS = 50


def main():
    jobs = {}
    for line in sys.stdin:
        job = json.loads(line)
        if "error" not in job and not job.get("isCached"):
            jobs.setdefault(job["drvPath"], job)
    pipeline = {"stages": ["build"]}
    for path, job in sorted(jobs.items(), key=lambda item: item[1]["attr"]):
        needs = [jobs[one]["attr"] for one in job.get("inputDrvs", {}) if one in jobs]
        pipeline[job["attr"]] = {
            "stage": "build",
            "tags": [job["system"], *job.get("requiredSystemFeatures", [])],
            "needs": needs[:MOST_NEEDS],
            "script": [f"nix-store --realise {path}"],
        }
    if len(pipeline) == 1:
        pipeline["nothing to build"] = {"stage": "build", "script": ["true"]}
    # JSON is YAML.
    json.dump(pipeline, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
