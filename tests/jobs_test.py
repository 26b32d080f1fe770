#!/usr/bin/env python3
"""`evalctl jobs` without a store: its lines, workers, shards, memory and reports. The last line is `N passed, M failed`."""

import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time
import xml.dom.minidom

import runner

FOLDER = pathlib.Path(__file__).resolve().parent / "jobs"


class Tests(runner.Runner):
    def __init__(self, evalctl, folder):
        super().__init__()
        self.evalctl, self.folder = os.path.abspath(evalctl), folder
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("NIX_")}

    def run(self, *words, name="jobs"):
        return subprocess.run([self.evalctl, name, *words], capture_output=True, text=True, cwd=FOLDER, timeout=120,
                              env=self.environment, check=False)

    def jobs(self, *words, file="release.nix"):
        """The lines by attribute, and the finished process."""
        result = self.run("--file", file, "--read-only", *words)
        lines = [json.loads(line) for line in result.stdout.splitlines()]
        return {line["attr"]: line for line in lines}, result

    def test_lines(self):
        jobs, result = self.jobs("--meta", "--show-input-drvs")
        self.check("failures do not stop the others", result.returncode == 0 and len(jobs) == 50, result)
        self.check("sets without jobs are passed over", not any(a.startswith(("plain", "text")) for a in jobs), result)
        program = jobs["program"]
        self.check("what a line has", set(program) == {"attr", "attrPath", "name", "system", "drvPath", "outputs", "inputDrvs", "meta",
                                                       "requiredSystemFeatures"}, program)
        self.check("inputs", program["inputDrvs"] == {jobs["library"]["drvPath"]: ["dev", "out"]}, program)
        self.check("outputs", set(jobs["library"]["outputs"]) == {"dev", "out"} and program["meta"] is None, jobs["library"])
        self.check("meta of plain values", jobs["described"]["meta"] ==
                   {"description": 'a "described" job', "platforms": ["x86_64-linux"], "broken": False, "priority": 7}, jobs["described"])
        self.check("features", jobs["features"]["requiredSystemFeatures"] == ["benchmark", "kvm"], jobs["features"])
        self.check("structured features", jobs["structured"]["requiredSystemFeatures"] == ["big-parallel", "nixos-test"])

    def test_errors(self):
        jobs, result = self.jobs("--meta")
        expected = {"wrong": "cannot add", "failing": "not on this machine", "recursive": "infinite recursion", "badMeta": "no description",
                    "endless": "max-call-depth"}
        for attribute, message in expected.items():
            line = jobs.get(attribute, {})
            self.check(f"the error of {attribute}", message in line.get("error", "") and "drvPath" not in line, line)
            self.check(f"the diagnostic of {attribute}", line.get("diagnostic", {}).get("severity") == "error", line)
        self.check("--fail", self.jobs("--fail")[1].returncode == 1, result)
        whole = self.run("--expr", "throw \"nothing here\"")
        self.check("a set that fails as a whole", whole.returncode == 1 and "nothing here" in whole.stderr and not whole.stdout, whole)

    def test_failures_side_by_side(self):
        """What several jobs fail with is evaluated once, as what succeeds is."""
        text = """let shared = builtins.trace "evaluated" { gone = throw "it is gone"; };
          in builtins.listToAttrs (builtins.genList (i: { name = "j${toString i}"; value = derivation { name = shared.gone; system = "x"; builder = "/b"; }; }) 20)"""
        for workers in ("1", "4"):
            result = self.run("--read-only", "--workers", workers, "--expr", text)
            lines = [json.loads(line) for line in result.stdout.splitlines()]
            self.check("all fail", len(lines) == 20 and all("it is gone" in line.get("error", "") for line in lines), result)
            self.check("the message is shown once", result.stderr.count("evaluated") == 1, result)

    def test_workers(self):
        one = self.jobs("--workers", "1")[1].stdout
        for workers in ("2", "7"):
            self.check(f"{workers} workers say the same", self.jobs("--workers", workers)[1].stdout == one)
        unordered = self.jobs("--workers", "4", "--unordered")[1].stdout
        self.check("in any order", sorted(unordered.splitlines()) == sorted(one.splitlines()))

    def test_shards(self):
        for depth in ("1", "2"):
            whole = self.jobs("--shard-depth", depth)[0]
            parts = [self.jobs("--shard", f"{i}/3", "--shard-depth", depth)[0] for i in (1, 2, 3)]
            self.check(f"shards of depth {depth} are all, each once", sum(map(len, parts)) == len(whole) and
                       set().union(*parts) == set(whole))
            again = self.jobs("--shard", "2/3", "--shard-depth", depth, "--workers", "1")[0]
            self.check(f"a shard of depth {depth} is always the same", again == parts[1])
        self.check("deeper shards are more even", max(len(part) for part in parts) < 30)
        for wrong in ("0/3", "4/3", "1", "1/x", "-1/3"):
            self.check(f"--shard {wrong}", self.jobs("--shard", wrong)[1].returncode == 2)

    def test_arguments(self):
        jobs, _ = self.jobs("--argstr", "prefix", "part", "--apply", "d: { inherit (d) name; twice = d.number * 2; }", "-A", "many")
        self.check("--argstr, --apply and -A", jobs["part-3"]["extraValue"] == {"name": "part-3", "twice": 6}, jobs)
        jobs, _ = self.jobs("--select", "s: { inherit (s) program library; }")
        self.check("--select", set(jobs) == {"library", "program"}, jobs)
        jobs, _ = self.jobs("--force-recurse")
        self.check("--force-recurse", "plain.hidden" in jobs)
        self.check("a set that holds itself", [name for name in jobs if name.startswith("self")] == ["self.job"], jobs)
        for words in (["--select", "s: 1"], ["-A", "missing"]):
            self.check(f"failing {words}", self.jobs(*words)[1].returncode == 1)
        bad, _ = self.jobs("--apply", "d: 1", "-A", "many")
        self.check("--apply must give a set", all("error" in job for job in bad.values()), bad)

    def test_by_name(self):
        result = self.run("--no-instantiate", "--workers", "2", "--expr", "import ./release.nix { }", name="nix-eval-jobs")
        self.check("as nix-eval-jobs", len(result.stdout.splitlines()) == 50 and "not on this machine" in result.stderr, result)
        link = os.path.join(self.folder, "nix-eval-jobs")
        os.symlink(self.evalctl, link)
        linked = subprocess.run([link, "--no-instantiate", "release.nix"], capture_output=True, text=True, cwd=FOLDER, env=self.environment, check=False)
        self.check("by a link of that name", sorted(linked.stdout.splitlines()) == sorted(result.stdout.splitlines()), linked)
        for words in ([], ["a.nix", "b.nix"], ["--workers", "0", "release.nix"], ["--no-instantiate", "--constituents", "release.nix"],
                      ["--no-instantiate", "--check-cache-status", "release.nix"]):
            wrong = self.run(*words, name="nix-eval-jobs")
            self.check(f"wrong usage {words}", wrong.returncode == 1 and wrong.stderr.startswith("error: "), wrong)

    def test_memory(self):
        plenty = self.jobs("--workers", "1", file="memory.nix")[1]
        little = self.jobs("--workers", "1", "--max-memory-size", "150", file="memory.nix")[1]
        self.check("workers are replaced, the lines are the same", plenty.stdout == little.stdout and len(plenty.stdout.splitlines()) == 6, little)
        budget = self.jobs("--workers", "8", "--memory-budget", "600M", file="memory.nix")[1]
        self.check("one budget for all", budget.stdout == plenty.stdout, budget)
        greedy = """let d = name: more: derivation ({ inherit name; system = "x"; builder = "x"; } // more); in {
          large = d "large" { text = builtins.length (builtins.foldl' (list: n: [ n list ]) [ ] (builtins.genList (n: n) 3000000)); };
          small = d "small" { }; }"""
        result = self.run("--read-only", "--workers", "1", "--max-heap", "16M", "--expr", greedy)
        large, small = map(json.loads, result.stdout.splitlines())
        self.check("a job that needs too much", "out of memory" in large.get("error", "") and "drvPath" in small, result)

    def test_killed_worker(self):
        command = [self.evalctl, "jobs", "--read-only", "--workers", "1", "--expr",
                   'let d = name: derivation { inherit name; system = "x"; builder = "x"; }; in'
                   ' { a = d "a"; b = builtins.seq (builtins.foldl\' builtins.add 0 (builtins.genList (x: x) 200000000)) (d "b"); c = d "c"; }']
        running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=self.environment)
        first = running.stdout.readline()
        # Until the worker is at work on the second job: it takes memory then.
        for _ in range(2000):
            children = {int(word) for file in pathlib.Path(f"/proc/{running.pid}/task").glob("*/children") for word in file.read_text().split()}
            grown = [child for child in children if int(pathlib.Path(f"/proc/{child}/statm").read_text().split()[1]) > 30000]
            if grown:
                break
            time.sleep(0.01)
        for child in grown:
            os.kill(child, signal.SIGKILL)
        rest = [json.loads(line) for line in running.stdout]
        status = running.wait(timeout=60)
        self.check("a killed worker costs one job", status == 0 and json.loads(first)["attr"] == "a" and [job["attr"] for job in rest] == ["b", "c"]
                   and "killed" in rest[0].get("error", "") and "drvPath" in rest[1], rest)

    def test_nobody_reads(self):
        running = subprocess.Popen([self.evalctl, "jobs", "--read-only", "--file", "release.nix", "--unordered"], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, cwd=FOLDER, env=self.environment)
        running.stdout.read(1)
        running.stdout.close()
        self.check("it ends when nobody reads", running.wait(timeout=60) != 0)
        running.stderr.close()

    def test_reports(self):
        sarif, junit = os.path.join(self.folder, "jobs.sarif"), os.path.join(self.folder, "jobs.xml")
        self.jobs("--meta", "--sarif", sarif, "--junit", junit)
        run = json.loads(pathlib.Path(sarif).read_text())["runs"][0]
        results = {result["properties"]["attr"]: result for result in run["results"]}
        self.check("SARIF has the failures", set(results) == {"wrong", "failing", "recursive", "badMeta", "endless"}, results)
        place = results["failing"]["locations"][0]["physicalLocation"]
        self.check("and their places", place["artifactLocation"]["uri"] == "release.nix" and place["region"]["startLine"] == 27, place)
        self.check("and their rules", {result["ruleId"] for result in run["results"]} == {rule["id"] for rule in run["tool"]["driver"]["rules"]})
        document = xml.dom.minidom.parse(junit)
        cases = document.getElementsByTagName("testcase")
        failed = [case.getAttribute("name") for case in cases if case.getElementsByTagName("failure")]
        suite = document.getElementsByTagName("testsuite")[0]
        texts = {case.getAttribute("name"): case.getElementsByTagName("failure")[0].firstChild.data for case in cases if case.getElementsByTagName("failure")}
        self.check("JUnit has places", "release.nix:27:" in texts["failing"] and all(re.search(r"release.nix:\d+:\d+", texts[name]) for name in ("failing", "recursive")), texts)
        self.check("JUnit has all jobs", len(cases) == 50 and sorted(failed) == sorted(results) and suite.getAttribute("failures") == "5")


if __name__ == "__main__":
    sys.exit(runner.main(__doc__, Tests))
