#!/usr/bin/env python3
"""Checks what --profile writes: the picture, the table and the folded stacks. The last line is `N passed, M failed`."""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

PROGRAM = """let
  square = n: n * n;
  deep = n: if n == 0 then 0 else 1 + deep (n - 1);
in builtins.foldl' (sum: n: sum + square n) (deep 3000) (builtins.genList (n: n) 500)
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--evalctl", required=True)
    evalctl = pathlib.Path(parser.parse_args().evalctl).resolve()
    results = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "program.nix").write_text(PROGRAM)

        def profile(file):
            done = subprocess.run([evalctl, "eval", "--file", "program.nix", "--profile", file], cwd=folder, capture_output=True, text=True)
            results.append((f"{file}: answer", done.returncode == 0 and done.stdout.strip() == "41544750", done.stdout + done.stderr))
            return done.stderr, (folder / file).read_text()

        summary, table = profile("profile.json")
        rows = {row["name"]: row for row in json.loads(table)}
        square = next((row for key, row in rows.items() if re.fullmatch(r"square .*/program\.nix:2:\d+", key)), None)
        results.append(("calls of square", square and square["calls"] == 500, table))
        deep = next((row for key, row in rows.items() if key.startswith("deep ")), None)
        results.append(("calls of deep", deep and deep["calls"] == 3001, table))
        results.append(("self is part of total", all(row["self"] <= row["total"] for row in rows.values()), table))
        whole = rows["evaluation"]["total"]
        results.append(("all time is somewhere", sum(row["self"] for row in rows.values()) == whole, table))
        results.append(("builtins", rows.get("builtins.genList", {}).get("calls") == 1, table))
        results.append(("summary", "self ms" in summary and "builtins.foldl'" in summary, summary))
        picture = xml.etree.ElementTree.fromstring(profile("profile.svg")[1])
        titles = [title.text for title in picture.iter("{http://www.w3.org/2000/svg}title")]
        results.append(("frames of the picture", any(title.startswith("builtins.foldl'") for title in titles), titles))
        folded = profile("profile.folded")[1].splitlines()
        results.append(("folded stacks", folded and all(re.fullmatch(r"evaluation(;.+)? \d+", line) for line in folded), folded))
    for what, holds, explanation in results:
        if not holds:
            print(f"FAIL {what}\n{explanation}")
    failed = sum(not holds for _, holds, _ in results)
    print(f"{len(results) - failed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
