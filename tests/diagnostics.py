#!/usr/bin/env python3
"""Holds the catalogue of diagnostics: docs/diagnostics/README.md is what `evalctl explain --catalogue` prints, every code of
evaluation is shown by a case of tests/cases/diagnostics, no case prints more than 25 lines, and the excerpts of a SARIF log
are those of the JSON form.
"""
import argparse
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
CASES = ROOT / "tests" / "cases" / "diagnostics"
PAGE = ROOT / "docs" / "diagnostics" / "README.md"
MOST_LINES = 25


def check_page(evalctl, update):
    printed = subprocess.run([evalctl, "explain", "--catalogue"], capture_output=True, text=True, check=True).stdout
    if update:
        PAGE.write_text(printed)
    problems = [] if PAGE.read_text() == printed else [f"{PAGE.relative_to(ROOT)} differs from `evalctl explain --catalogue`"]
    codes = re.findall(r"^## ([EW]\d{3}) ", printed, re.MULTILINE)
    shown = {code for path in CASES.glob("*.diag.exp") for code in re.findall(r"\[([EW]\d{3})\]", path.read_text())}
    return problems + [f"{code} is shown by no case" for code in codes if code not in shown] + ([] if codes else ["no codes"])


def check_length():
    for path in sorted(CASES.glob("*.diag.exp")):
        # Each report of several in one case counts for itself.
        reports = re.split(r"^(?=(?:error|warning|note)\[)", path.read_text(), flags=re.MULTILINE)
        if any(len(report.splitlines()) > MOST_LINES for report in reports):
            yield f"{path.name}: more than {MOST_LINES} lines"


def check_sarif(evalctl):
    def run(form):
        result = subprocess.run([evalctl, "eval", "--read-only", "--log-format", form, "--file", "warning-then-error.nix"], cwd=CASES,
                                capture_output=True, text=True, check=False)
        return result.stderr
    reports = [json.loads(line) for line in run("json").splitlines() if line.startswith("{")]
    results = json.loads(run("sarif"))["runs"][0]["results"]
    if [r["code"] for r in reports] != [r["ruleId"] for r in results] or len(reports) != 3:
        return [f"SARIF has {[r['ruleId'] for r in results]}, JSON {[r['code'] for r in reports]}"]
    region = results[-1]["locations"][0]["physicalLocation"]["region"]
    primary = reports[-1]["primary"]
    same = (region["startLine"], region["startColumn"]) == (primary["line"], primary["column"])
    return [] if same else [f"SARIF points at {region}, JSON at {primary}"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--evalctl", default=str(ROOT / "build/release/evalctl"))
    parser.add_argument("--update", action="store_true", help="rewrite the page")
    options = parser.parse_args()
    evalctl = os.path.abspath(options.evalctl)
    problems = check_page(evalctl, options.update) + list(check_length()) + check_sarif(evalctl)
    for problem in problems:
        print(f"FAIL {problem}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
