#!/usr/bin/env python3
"""Holds the examples and the manual pages to the program: the commands they show are run, or at least have options that there are.

The last line is `N passed, M failed`.
"""

import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

import runner

ROOT = pathlib.Path(__file__).resolve().parents[1]
EXAMPLES = ROOT / "examples/ci"
JOBS = ROOT / "tests/jobs/release.nix"


class Tests(runner.Runner):
    def __init__(self, evalctl, folder):
        super().__init__()
        self.evalctl, self.folder = os.path.abspath(evalctl), pathlib.Path(folder)
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("NIX_")}
        os.symlink(self.evalctl, self.folder / "evalctl")
        self.environment["PATH"] = f"{folder}:{os.environ['PATH']}"

    def run(self, *words, text=None):
        return subprocess.run([str(word) for word in words], input=text, capture_output=True, text=True, cwd=self.folder, timeout=120,
                              env=self.environment, check=False)

    def lines(self, *words):
        return self.run("evalctl", "jobs", "--file", JOBS, "--read-only", "--show-input-drvs", *words).stdout

    def test_matrix(self):
        result = self.run(sys.executable, EXAMPLES / "matrix.py", text=self.lines())
        values = dict(line.split("=", 1) for line in result.stdout.splitlines())
        entries = json.loads(values["matrix"])["include"]
        self.check("a matrix", values["any"] == "true" and len(entries) == 46 and
                   all(entry["runner"] == "ubuntu-latest" and entry["drvs"].endswith(".drv") for entry in entries), result)
        line = json.loads(self.lines("-A", "many").splitlines()[0])
        many = "".join(json.dumps(dict(line, attr=f"job-{i}", drvPath=f"/nix/store/{i}.drv")) + "\n" for i in range(700))
        result = self.run(sys.executable, EXAMPLES / "matrix.py", text=many)
        entries = json.loads(result.stdout.splitlines()[0].split("=", 1)[1])["include"]
        self.check("a large matrix", len(entries) <= 256 and sum(len(entry["drvs"].split()) for entry in entries) == 700, result)
        none = self.run(sys.executable, EXAMPLES / "matrix.py", text="")
        self.check("an empty matrix", none.stdout.splitlines() == ['matrix={"include": []}', "any=false"], none)

    def test_child_pipeline(self):
        result = self.run(sys.executable, EXAMPLES / "child_pipeline.py", text=self.lines())
        pipeline = json.loads(result.stdout)
        self.check("a pipeline", pipeline["program"]["needs"] == ["library"] and pipeline["features"]["tags"] == ["x86_64-linux", "benchmark", "kvm"] and
                   "failing" not in pipeline, result)
        none = self.run(sys.executable, EXAMPLES / "child_pipeline.py", text="")
        self.check("nothing to build", list(json.loads(none.stdout)) == ["stages", "nothing to build"], none)

    def test_shards(self):
        """What the indexed Job does, pod by pod."""
        script = re.search(r"- \|\n(.*?)\n\s*volumeMounts", (EXAMPLES / "kubernetes-job.yaml").read_text(), re.DOTALL)[1]
        script = script.replace("/source/release.nix", str(JOBS)).replace("/results", str(self.folder))
        for index in range(3):
            self.environment.update(JOB_COMPLETION_INDEX=str(index), SHARDS="3")
            self.check(f"pod {index}", (result := self.run("/bin/sh", "-euc", script)).returncode == 0, result)
        parts = [path.read_text().splitlines() for path in sorted(self.folder.glob("jobs-*.jsonl"))]
        whole = {json.loads(line)["attr"] for line in self.lines().splitlines()}
        self.check("all pods together", len(parts) == 3 and sorted(json.loads(line)["attr"] for part in parts for line in part) == sorted(whole))

    def commands(self, text):
        """The commands of evalctl in a pipeline, or in the console blocks of a page."""
        text = "".join(re.findall(r"```console\n(.*?)```", text, re.DOTALL)) if "```" in text else re.sub(r"(?m)^\s*#.*$", "", text)
        text = re.sub(r"\\\n\s*", " ", text)
        text = re.sub(r"\n\s+(?=-)", " ", text)
        for line in text.splitlines():
            found = re.search(r"(?:^|[\s'\"`])evalctl ([a-z]+ [^`|]*)", line)
            if found and "`" not in line:
                yield [word for word in shlex.split(found[1].split(" > ")[0].split(" && ")[0], comments=True) if word]

    def test_help(self):
        """Each command tells what it does and what each of its options means."""
        commands = re.findall(r"^  (\S+)", self.run("evalctl", "--help").stdout, re.MULTILINE)
        self.check("commands", len(commands) > 15 and "eval" in commands, commands)
        flake = re.findall(r"^  (\S+)", self.run("evalctl", "flake", "--help").stdout, re.MULTILINE)
        more = [f"flake {name}" for name in flake] + ["cache warm", "derivation show", "nix eval", "nix build", "nix develop", "nix path-info",
                                                      "nix flake check", "nix derivation show"]
        for command in [name for name in commands if name not in ("nix", "flake")] + more:
            result = self.run("evalctl", *command.split(), "--help")
            self.check(f"help of {command}", result.returncode == 0 and result.stdout.startswith("usage: ") and not result.stderr and
                       "not described" not in result.stdout, result)
        for words, version in (("--version", "evalctl "), ("eval --version", "evalctl "), ("nix-instantiate --version", "nix-instantiate (Nix) ")):
            result = self.run("evalctl", *words.split())
            self.check(words, result.returncode == 0 and result.stdout.startswith(version), result)
        mistyped = self.run("evalctl", "eval", "--jsom", "--expr", "1")
        self.check("a slip", mistyped.returncode == 2 and "did you mean '--json'?" in mistyped.stderr, mistyped)

    def test_options(self):
        """Options that there are not give another error than what they are used on."""
        texts = [path for path in [*sorted(EXAMPLES.iterdir()), ROOT / "docs/graph.md", ROOT / "docs/ci.md"] if path.suffix in (".yml", ".yaml", ".md")]
        count = 0
        for path in texts:
            for words in self.commands(path.read_text()):
                count += 1
                # A flake that is not there: no command gets further than its options.
                options = [word.replace("$CI_NODE_INDEX", "1").replace("$CI_NODE_TOTAL", "4").replace("$shard/$SHARDS", "1/2") for word in words]
                result = self.run("evalctl", *options)
                self.check(f"{path.name}: {shlex.join(words)}", result.returncode in (0, 1) and not re.search("unrecognised option|is no command", result.stderr), result)
        self.check("commands were found", count > 12)


if __name__ == "__main__":
    sys.exit(runner.main(__doc__, Tests))
