#!/usr/bin/env python3
"""Holds the bounds of diagnostics: 25 lines without --show-trace, three lines for a value, nothing evaluated to be shown, long
recursions folded in --show-trace, each warning once, and one object for the terminal, JSON and SARIF.
"""
import json
import os
import re
import subprocess
import sys

import runner

LINES, VALUE_LINES, COLUMNS = 25, 3, 100
LARGE = 'builtins.listToAttrs (builtins.genList (i: { name = "attribute-${toString i}"; value = { inherit i; text = "some words"; }; }) 2000)'
DEEP = "builtins.foldl' (inner: i: { inherit inner i; list = [ inner i ]; }) null (builtins.genList (i: i) 5000)"
CYCLE = "let set = { self = set; list = [ set set ]; }; in set"
TEXT = 'builtins.concatStringsSep " " (builtins.genList toString 5000)'
LIST = "builtins.genList (i: [ i [ i [ i ] ] ]) 5000"
PACKAGES = 'builtins.genList (i: derivation { name = "tool-${toString i}"; system = "x"; builder = "x"; args = builtins.genList toString 50; }) 300'
# What is wrong with a value, and the text of the message that comes before it.
USES = {
    "called": "({}) 1",
    "added": "1 + ({})",
    "interpolated": '"${{{}}}"',
    "condition": "if {} then 1 else 2",
}
WORDS = "word " * 30


class Tests(runner.Runner):
    def __init__(self, evalctl, folder):
        super().__init__()
        self.evalctl, self.folder = os.path.abspath(evalctl), folder

    def run(self, expression, *options):
        return subprocess.run([self.evalctl, "eval", "--read-only", *options, "--expr", expression], capture_output=True, text=True,
                              cwd=self.folder, timeout=120, check=False)

    def report(self, expression):
        reports = [json.loads(line) for line in self.run(expression, "--log-format", "json").stderr.splitlines() if line.startswith("{")]
        return next((report for report in reports if report["severity"] == "error"), None)

    def test_values_take_three_lines(self):
        values = {"large": LARGE, "deep": DEEP, "cyclic": CYCLE, "list": LIST, "packages": PACKAGES, "text": TEXT}
        for name, value in values.items():
            for use, form in USES.items():
                if name == "text" and use == "interpolated":
                    continue
                expression = f"let value = {value}; in builtins.deepSeq (builtins.isAttrs value) ({form.format('value')})"
                result, report = self.run(expression), self.report(expression)
                self.check(f"{name}, {use}: an error", result.returncode == 1 and report, result)
                lines = result.stderr.splitlines()
                self.check(f"{name}, {use}: {len(lines)} lines", len(lines) <= LINES, result)
                shown = re.sub(r"^.*?(?: a(?:n)? [A-Za-z ]+?: )", "", report["message"], count=1, flags=re.DOTALL)
                self.check(f"{name}, {use}: a value of {len(shown)} columns", len(shown) <= VALUE_LINES * COLUMNS, report["message"])

    def test_nothing_is_evaluated_to_be_shown(self):
        shown = {
            "attribute": '{ inner = throw "looked inside"; }',
            "element": '[ (throw "looked inside") 1 ]',
            "deeper": '{ a = { b = [ (throw "looked inside") ]; }; }',
            "name of a derivation": '{ type = "derivation"; name = throw "looked inside"; outPath2 = 1; }',
            "type of a derivation": '{ type = throw "looked inside"; name = "x"; }',
            "endless": "let self = { next = self; again = self.next.again; }; in self",
        }
        for name, value in shown.items():
            for use, form in USES.items():
                report = self.report(form.format(value))
                text = json.dumps(report)
                self.check(f"{name}, {use}", report and report["code"] in ("E012", "E015", "E016") and "looked inside" not in report["message"], text)

    def test_length(self):
        long_message = "throw (builtins.concatStringsSep \"\\n\" (builtins.genList (i: \"line ${toString i}\") 500))"
        circle = "let " + " ".join(f"a{i} = a{i + 1} + 1;" for i in range(40)) + " a40 = a0; in a0"
        wide = "let a = 1;" + " " * 5000 + "in a.b"
        words = f'throw "{WORDS * 200}"'
        names = "{ " + " ".join(f"name{i} = {i};" for i in range(300)) + " }.other"
        definitions = "\n".join(f"value{i} = {i};" for i in range(400))
        many = f"let\n{definitions}\nf = {{ a }}: a; in\nf {{ b = 1; }}"
        for name, expression in {"message": long_message, "circle": circle, "wide": wide, "words": words, "names": names, "file": many}.items():
            result = self.run(expression)
            lines = result.stderr.splitlines()
            self.check(f"{name}: {len(lines)} lines", result.returncode == 1 and 0 < len(lines) <= LINES, result)

    def test_recursion_is_folded(self):
        path = os.path.join(self.folder, "recursion.nix")
        with open(path, "w", encoding="utf-8") as file:
            file.write('let\n  even = n: if n == 0 then throw "at the end" else 1 + odd (n - 1);\n  odd = n: 1 + even (n - 1);\nin\neven 2000\n')
        for options, least in (((), 0), (("--show-trace",), 1)):
            result = subprocess.run([self.evalctl, "eval", "--file", path, *options], capture_output=True, text=True, check=False)
            lines = result.stderr.splitlines()
            folded = [int(n) for n in re.findall(r"… (\d+) more frames like th", result.stderr)]
            self.check(f"{options}: {len(lines)} lines", result.returncode == 1 and len(lines) <= 2 * LINES, result)
            # The outermost frames of a very deep recursion are counted, not kept.
            beyond = [int(n) for n in re.findall(r"… (\d+) more frames further out", result.stderr)]
            self.check(f"{options}: folded", len(folded) >= least and (not least or sum(folded) + sum(beyond) > 1900), result)
            if least:
                heads = [line for line in lines if line.strip() == path]
                self.check("frames stand below their file, named once", len(heads) == 1, result)
            else:
                self.check("and counted", re.search(r"\(\d{4} frames hidden", result.stderr), result)
        alone = self.run("let f = n: if n == 0 then throw \"end\" else 1 + f (n - 1); in f 5000", "--show-trace")
        self.check("one frame that repeats", re.search(r"… \d{3,4} more frames like this", alone.stderr), alone)
        endless = self.run("let f = n: 1 + f (n + 1); in f 0", "--show-trace")
        self.check("no end", "more frames like this" in endless.stderr and "E026" in endless.stderr and len(endless.stderr.splitlines()) <= 2 * LINES, endless)

    def test_warnings_once(self):
        warn = 'builtins.foldl\' (a: i: builtins.warn "old ${toString (if i < 50 then 1 else 2)}" (a + i)) 0 (builtins.genList (i: i) 100)'
        result = self.run(warn)
        self.check("builtins.warn", result.stderr.count("old 1") == 1 and result.stderr.count("old 2") == 1 and result.returncode == 0, result)
        self.check("through the same object", result.stderr.count("warning[W001]") == 2, result)
        older = 'builtins.foldl\' (a: i: builtins.trace "warning: old" (a + i)) 0 (builtins.genList (i: i) 100)'
        result = self.run(older)
        self.check("builtins.trace of older code", result.stderr.count("warning[W002]") == 1, result)
        reports = [json.loads(line) for line in self.run(warn, "--log-format", "json").stderr.splitlines()]
        self.check("as JSON", [(r["code"], r["severity"]) for r in reports] == [("W001", "warning")] * 2, reports)
        sarif = json.loads(self.run(warn + ' + throw "end"', "--log-format", "sarif").stderr)["runs"][0]["results"]
        self.check("as SARIF", [(r["ruleId"], r["level"]) for r in sarif] == [("W001", "warning")] * 2 + [("E019", "error")], sarif)

    def test_caught_errors_stay_silent(self):
        caught = 'builtins.length (builtins.filter (i: (builtins.tryEval (if i < 0 then 1 else throw "caught ${toString i}")).success) (builtins.genList (i: i) 20000))'
        result = self.run(caught)
        self.check("tryEval", result.stdout == "0\n" and result.stderr == "", result)


if __name__ == "__main__":
    sys.exit(runner.main(__doc__, Tests))
