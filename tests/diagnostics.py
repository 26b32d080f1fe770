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
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
CASES = ROOT / "tests" / "cases" / "diagnostics"
PAGE = ROOT / "docs" / "diagnostics" / "README.md"
MOST_LINES = 25
# What no file alone shows: the text of a flake, or the arguments of `evalctl eval`, and the place that is to come first.
ELSEWHERE = {
    "E040": (["--pure-eval", "--expr", "builtins.readFile /etc/hostname"], None, None),
    "E042": (["--expr", 'builtins.fetchTarball "http://127.0.0.1:1/archive.tar.gz"'], None, None),
    "E034": ([".#x"], '{\n  inputs.tools.ulr = "path:/tools";\n  outputs = { self, tools }: { x = 1; };\n}\n', (2, 16)),
}
FLAKES = [
    ('{\n  input.tools.url = "path:/tools";\n  outputs = { self }: { x = 1; };\n}\n', "E034", (2, 3)),
    ('{\n  outputs = { x = 1; };\n}\n', "E034", (2, 13)),
    ('{\n  inputs.tools.url = "githb:owner/tools";\n  outputs = { self, tools }: { x = 1; };\n}\n', "E034", (2, 22)),
    ('{\n  inputs.tools.follows = "tolls";\n  outputs = { self, tools }: { x = 1; };\n}\n', "E034", (2, 26)),
    ('{\n  outputs = { }: { x = 1; };\n}\n', "E014", (2, 13)),
]


def check_page(evalctl, update):
    printed = subprocess.run([evalctl, "explain", "--catalogue"], capture_output=True, text=True, check=True).stdout
    if update:
        PAGE.write_text(printed)
    problems = [] if PAGE.read_text() == printed else [f"{PAGE.relative_to(ROOT)} differs from `evalctl explain --catalogue`"]
    codes = re.findall(r"^## ([EW]\d{3}) ", printed, re.MULTILINE)
    shown = {code for path in CASES.glob("*.diag.exp") for code in re.findall(r"\[([EW]\d{3})\]", path.read_text())}
    shown |= set(ELSEWHERE)
    return problems + [f"{code} is shown by no case" for code in codes if code not in shown] + ([] if codes else ["no codes"])


def check_length():
    for path in sorted(CASES.glob("*.diag.exp")):
        # Each report of several in one case counts for itself.
        reports = re.split(r"^(?=(?:error|warning|note)\[)", path.read_text(), flags=re.MULTILINE)
        if any(len(report.splitlines()) > MOST_LINES for report in reports):
            yield f"{path.name}: more than {MOST_LINES} lines"


def check_elsewhere(evalctl):
    cases = [(code, *case) for code, case in ELSEWHERE.items()]
    cases += [(code, [".#x"], text, place) for text, code, place in FLAKES]
    for code, arguments, text, place in cases:
        with tempfile.TemporaryDirectory() as folder:
            if text:
                (pathlib.Path(folder) / "flake.nix").write_text(text)
                arguments = [f"path:{folder}#x"]
            result = subprocess.run([evalctl, "eval", "--read-only", "--log-format", "json", *arguments], cwd=folder, capture_output=True, text=True, check=False)
            errors = [json.loads(line) for line in result.stderr.splitlines() if line.startswith('{"severity":"error"')]
            if [e["code"] for e in errors] != [code]:
                yield f"{arguments} with {text!r}: {[e['code'] for e in errors]} where {code} was expected\n{result.stderr}"
            elif place and (not errors[0].get("primary") or (errors[0]["primary"]["line"], errors[0]["primary"]["column"]) != place):
                yield f"{text!r}: {errors[0].get('primary')} where {place} was expected"


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
    problems = check_page(evalctl, options.update) + list(check_length()) + list(check_elsewhere(evalctl)) + check_sarif(evalctl)
    for problem in problems:
        print(f"FAIL {problem}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
