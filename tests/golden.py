#!/usr/bin/env python3
"""Runs the golden cases: every `X.nix` below tests/cases with one sibling file per expectation.

  X.eval.exp        exact standard output of `nix-instantiate --eval --strict X.nix`
  X.lazy.exp        the same without --strict
  X.traces.exp      the messages of the same on standard error: lines that begin with "trace: ", and the last error's first line
  X.json.exp        the same with --json
  X.xml.exp         the same with --xml
  X.diag.exp        standard error of `evalctl eval --file X.nix`, which fails, with 8,000 calls inside each other at most
  X.jobs.exp        standard output of `evalctl jobs --file X.nix`
  X.scopes.exp      exact standard output of `evalctl dump scopes X.nix`
  X.errors.exp      exact standard error of `evalctl dump tree X.nix`, which finds errors
  X.parse.exp       `nix-instantiate --parse X.nix` exits with 0; the file itself is empty
  X.fail.exp        evaluation exits with 1; standard error is not empty and contains each line of the file
  X.fmt.exp         standard output of `evalctl fmt - < X.nix`; formatting that once more changes nothing
  X.fmt-narrow.exp  the same with --width 40
  X.fmt-strict.exp  the same with --strict
  X.parse-fail.exp  `LINE:COLUMN` or `LINE:FIRST-LAST`: parsing exits with 1 and reports a place in that range

Commands run in the folder of the case, whose path appears as `.` in the expected output. A `.nix` file without an expectation is a failure, unless it lies in a folder
named `fixtures`. The last line of the output is `N passed, M failed`.
"""

import argparse
import concurrent.futures
import difflib
import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent
CASES = ROOT / "cases"
STAGES = {
    "eval": ["--eval", "--strict"],
    "lazy": ["--eval"],
    "traces": ["--eval", "--strict"],
    "json": ["--eval", "--strict", "--json"],
    "xml": ["--eval", "--strict", "--xml"],
    "fail": ["--eval", "--strict"],
    "parse": ["--parse"],
    "parse-fail": ["--parse"],
    "jobs": ["--read-only", "--file"],
    # As deep as sanitizers go.
    "diag": ["--max-call-depth", "8000", "--read-only", "--file"],
    "scopes": ["scopes"],
    "errors": ["tree"],
    "fmt": ["-"],
    "fmt-narrow": ["--width=40", "-"],
    "fmt-strict": ["--strict", "-"],
}
# Stages of other commands than nix-instantiate.
OWN_COMMANDS = {"diag": "eval", "jobs": "jobs", "scopes": "dump", "errors": "dump"}
TIMEOUT_SECONDS = 60


def find_cases():
    """Returns (cases, problems): the (source, stage, expectation) triples, and what cannot be run."""
    cases, problems = [], []
    for source in sorted(CASES.rglob("*.nix")):
        if "fixtures" in source.relative_to(CASES).parts or not source.is_file():
            continue
        stages = [s for s in STAGES if source.with_suffix(f".{s}.exp").exists()]
        if not stages:
            problems.append(f"{source.relative_to(CASES)}: no expectation stands beside it")
        cases += [(source, s, source.with_suffix(f".{s}.exp")) for s in stages]
    known = {expectation for _, _, expectation in cases}
    for expectation in sorted(CASES.rglob("*.exp")):
        if expectation not in known:
            problems.append(f"{expectation.relative_to(CASES)}: no source or no such stage")
    return cases, problems


def newer_than_oracle():
    """The cases whose right answer is today's, where the oracle is of an older release."""
    path = CASES / "newer-than-2.8.txt"
    lines = path.read_text().splitlines() if path.exists() else []
    return {line.strip() for line in lines if line.strip() and not line.startswith("#")}


def run_formatter(command, stage, text):
    # The oracle is nixfmt 1.4.0, where there is one.
    command = ["nixfmt"] if len(command) == 1 else [command[0], "fmt"]
    return subprocess.run(command + STAGES[stage], input=text, capture_output=True, timeout=TIMEOUT_SECONDS, check=False)


def run(command, source, stage):
    if stage.startswith("fmt"):
        return run_formatter(command, stage, source.read_bytes())
    environment = {k: v for k, v in os.environ.items() if not k.startswith("NIX_")}
    environment["LC_ALL"] = "C.UTF-8"
    if stage in OWN_COMMANDS:
        options = [] if OWN_COMMANDS[stage] == "dump" else command[2:]
        command = [command[0], OWN_COMMANDS[stage]] + options
    arguments = command + STAGES[stage] + [source.name]
    return subprocess.run(arguments, cwd=source.parent, env=environment, stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=TIMEOUT_SECONDS, check=False)


def difference(expected, actual):
    lines = difflib.unified_diff(expected.splitlines(), actual.splitlines(), "expected", "actual", lineterm="")
    return "\n".join(lines) or f"expected {expected!r}, got {actual!r}"


def output_of(result, folder):
    return result.stdout.replace(bytes(folder), b".")


def check_output(result, expectation, errors, oracle):
    actual = output_of(result, expectation.parent).decode("utf-8", "surrogateescape")
    if result.returncode != 0:
        return f"exit code {result.returncode}\n{errors.strip()}"
    with open(expectation, encoding="utf-8", errors="surrogateescape", newline="") as file:
        expected = file.read()
    # 2.8 ends no JSON text with a new line.
    if oracle and ".json." in expectation.name:
        expected = expected.removesuffix("\n")
    return None if actual == expected else difference(expected, actual)


def check_failure(result, expectation, errors):
    if result.returncode != 1:
        return f"exit code {result.returncode} where 1 was expected\n{errors.strip()}"
    if not errors.strip():
        return "failed without a message"
    missing = [line for line in expectation.read_text().splitlines() if line not in errors]
    return f"the message lacks {missing}\n{errors.strip()}" if missing else None


def check_traces(expectation, errors):
    lines = re.sub(r"\x1b\[[0-9;]*m", "", errors).splitlines()
    failures = [line.strip() for line in lines if line.strip().startswith("error: ")]
    actual = "\n".join([line for line in lines if line.startswith("trace: ")] + failures[-1:]) + "\n"
    return None if actual == expectation.read_text() else difference(expectation.read_text(), actual)


def check_position(result, expectation, errors):
    if result.returncode != 1:
        return f"exit code {result.returncode} where 1 was expected\n{errors.strip()}"
    match = re.fullmatch(r"(\d+):(\d+)(?:-(\d+))?\s*", expectation.read_text())
    if not match:
        return f"{expectation.name} is not LINE:COLUMN or LINE:FIRST-LAST"
    line, first, last = int(match[1]), int(match[2]), int(match[3] or match[2])
    places = [(int(a), int(b)) for a, b in re.findall(r":(\d+):(\d+)", errors)]
    if any(a == line and first <= b <= last for a, b in places):
        return None
    return f"expected a report at {expectation.read_text().strip()}, found {places}\n{errors.strip()}"


def check(command, case, update, oracle):
    """Returns None, or the reason for the failure."""
    source, stage, expectation = case
    if oracle and stage in OWN_COMMANDS:
        return None
    try:
        result = run(command, source, stage)
    except subprocess.TimeoutExpired:
        return f"no end after {TIMEOUT_SECONDS} s"
    except OSError as error:
        return str(error)
    errors = result.stderr.decode("utf-8", "replace")
    if result.returncode < 0:
        return f"killed by signal {-result.returncode}\n{errors.strip()}"
    if stage == "parse":
        return None if result.returncode == 0 else f"exit code {result.returncode}\n{errors.strip()}"
    if stage == "traces":
        return check_traces(expectation, errors)
    if stage == "fail":
        return check_failure(result, expectation, errors)
    if stage in {"diag", "errors"}:
        if result.returncode != 1:
            return f"exit code {result.returncode} where 1 was expected\n{errors.strip()}"
        actual = errors.replace(str(source.parent), ".")
        if update:
            expectation.write_text(actual)
        return None if actual == expectation.read_text() else difference(expectation.read_text(), actual)
    if stage == "parse-fail":
        # The oracle confirms the rejection; the place is the one a person would name.
        if oracle:
            return None if result.returncode == 1 else f"accepted\n{errors.strip()}"
        return check_position(result, expectation, errors)
    if stage.startswith("fmt") and not oracle and run_formatter(command, stage, result.stdout).stdout != result.stdout:
        return "formatting the output changes it"
    if update and result.returncode == 0:
        expectation.write_bytes(output_of(result, expectation.parent))
    return check_output(result, expectation, errors, oracle)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--evalctl", default=str(ROOT.parent / "build/release/evalctl"))
    parser.add_argument("--filter", default="", help="only cases whose path contains this")
    parser.add_argument("--update", nargs="?", const="", metavar="FILTER", help="rewrite the expected outputs")
    parser.add_argument("--collect-every", metavar="BYTES", help="collect garbage that often")
    parser.add_argument("--tier", help="the tier to run in: interpreter, jit or auto; only cases that evaluate")
    parser.add_argument("--oracle", action="store_true", help="ask nix-instantiate from PATH instead")
    options = parser.parse_args()
    command = ["nix-instantiate"] if options.oracle else [os.path.abspath(options.evalctl), "nix-instantiate"]
    if options.tier:
        command += ["--tier", options.tier]
    if options.collect_every:
        command += ["--option", "collect-every", options.collect_every]
    cases, problems = find_cases()
    wanted = options.filter or options.update or ""
    cases = [case for case in cases if wanted in str(case[0].relative_to(CASES))]
    if options.tier:
        cases = [case for case in cases if not case[1].startswith(("fmt", "parse"))]
    if options.oracle:
        left_out = newer_than_oracle()
        formatter = shutil.which("nixfmt")
        kept = [case for case in cases if str(case[0].relative_to(CASES)) not in left_out
                and (formatter or not case[1].startswith("fmt"))]
        print(f"{len(cases) - len(kept)} cases are newer than the oracle and left out")
        cases = kept
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        reasons = pool.map(lambda case: check(command, case, options.update is not None, options.oracle), cases)
        outcomes = list(zip(cases, reasons))
    failed = len(problems)
    for problem in problems:
        print(f"FAIL {problem}")
    for (source, stage, _), reason in outcomes:
        if reason is not None:
            failed += 1
            print(f"FAIL {source.relative_to(CASES)} [{stage}]\n{reason}")
    print(f"{sum(reason is None for _, reason in outcomes)} passed, {failed} failed")
    return 1 if failed or not outcomes else 0


if __name__ == "__main__":
    sys.exit(main())
