#!/usr/bin/env python3
"""Graphs of derivations in their forms, and questions about them, without a store. The last line is `N passed, M failed`."""

import json
import os
import pathlib
import subprocess
import sys
import xml.dom.minidom

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import runner  # noqa: E402 (beside the folder of this file)

HERE = pathlib.Path(__file__).resolve().parent


class Tests(runner.Runner):
    def __init__(self, evalctl, folder):
        super().__init__()
        self.evalctl, self.folder = os.path.abspath(evalctl), folder

    def run(self, command, *words):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("NIX_")}
        return subprocess.run([self.evalctl, command, *words], capture_output=True, text=True, cwd=HERE, timeout=60,
                              env=environment, check=False)

    def graph(self, command, *words):
        return self.run(command, "--file", "graph.nix", *words)

    def test_json(self):
        result = self.graph("graph", "program", "--read-only")
        value = json.loads(result.stdout)
        names = sorted(one["name"] for one in value["derivations"].values())
        self.check("all derivations are there", value["version"] == 4 and names == ["library", "program"], result)
        program = next(one for one in value["derivations"].values() if one["name"] == "program")
        self.check("its inputs", len(program["inputs"]["drvs"]) == 1 and
                   sorted(source[33:] for source in program["inputs"]["srcs"]) == ["folder", "words"], result)
        roots = json.loads(self.graph("graph", "program", "--roots-only").stdout)
        self.check("the root alone", [one["name"] for one in roots["derivations"].values()] == ["program"])
        old = json.loads(self.graph("graph", "program", "--json-version", "2").stdout)
        self.check("the older form has full paths", all(path.startswith("/nix/store/") for path in old), result)

    def test_addressed_json(self):
        result = self.run("graph", "--file", "addressed.nix", "floating", "impure", "structured", "fixed", "--extra-experimental-features",
                          "ca-derivations impure-derivations")
        outputs = {one["name"]: one["outputs"] for one in json.loads(result.stdout)["derivations"].values()}
        self.check("outputs addressed by content", outputs["floating"]["out"] == {"hashAlgo": "sha256", "method": "nar"}, result)
        self.check("impure outputs", outputs["impure"]["out"] == {"hashAlgo": "sha256", "method": "nar", "impure": True}, result)
        self.check("outputs that wait for their inputs", outputs["dependent"]["out"] == {}, result)
        self.check("fixed outputs", outputs["fixed"]["out"] ==
                   {"hash": "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", "method": "nar"}, result)
        structured = next(one for one in json.loads(result.stdout)["derivations"].values() if one["name"] == "structured")
        self.check("structured attributes", structured["structuredAttrs"]["list"] == [1, "two", None] and "__json" not in structured["env"], result)

    def test_drawings(self):
        file = os.path.join(self.folder, "graph.svg")
        result = self.graph("eval", "program.name", "--read-only")
        self.check("a value without a graph", result.stdout == '"program"\n', result)
        result = self.graph("eval", "program", "--apply", "p: p", "--raw", "--graph", file, "--read-only")
        boxes = xml.dom.minidom.parse(file).getElementsByTagName("title")
        self.check("a box for each derivation", sorted(box.firstChild.data[44:] for box in boxes) == ["library.drv", "program.drv"], result)
        self.graph("graph", "program", "--sources", "-o", file)
        self.check("and for sources", len(xml.dom.minidom.parse(file).getElementsByTagName("title")) == 4)
        self.graph("graph", "many", "--focus", "number-7", "--depth", "0", "-o", file)
        boxes = [box.firstChild.data for box in xml.dom.minidom.parse(file).getElementsByTagName("title")]
        self.check("the focus alone", len(boxes) == 11 and all("-number-7" in box for box in boxes))
        dot = self.graph("graph", "program", "--format", "dot")
        self.check("an edge in DOT", dot.stdout.count(" -> ") == 1 and dot.stdout.startswith("digraph"), dot)

    def test_diff(self):
        result = self.graph("diff", "program", "newer")
        self.check("words of an argument", "argument 2:" in result.stdout and "+ new" in result.stdout, result)
        self.check("a source with other contents", "source words has other contents:\n    - some\n    + other\n" in result.stdout, result)
        self.check("the count", "0 added, 0 removed, 1 changed by themselves" in result.stdout, result)
        same = self.graph("diff", "program", "program")
        self.check("no difference", same.stdout.startswith("2 derivations before, 2 after: 0 added"), same)
        file = os.path.join(self.folder, "before.json")
        self.graph("graph", "program", "-o", file)
        mixed = self.graph("diff", file, "newer")
        self.check("a file against an expression", "argument 2:" in mixed.stdout and "-words\n" in mixed.stdout, mixed)
        value = json.loads(self.graph("diff", "program", "newer", "--json").stdout)
        changes = {(change["kind"], change["name"]) for change in value["changed"][0]["changes"]}
        self.check("as JSON", value["added"] == value["removed"] == [] and changes == {("argument", "2"), ("source", "words")}, result)

    def test_diff_below(self):
        make = """v: let d = name: more: derivation ({ inherit name; system = "x"; builder = "/bin/sh"; } // more);
          in { whole = d "whole-${v}" { part = d "part" { version = v; tool = if v == "1" then d "old-tool" { } else d "new-tool" { }; }; }; }"""
        result = self.run("diff", "--expr", f"let make = {make}; in {{ a = make \"1\"; b = make \"2\"; }}", "a.whole", "b.whole")
        self.check("how one comes to it", "  in whole-2 → part\n" in result.stdout, result)
        self.check("what came and went", "  - input " in result.stdout and "  + input " in result.stdout and "1 added, 1 removed" in result.stdout, result)

    def test_diff_folders(self):
        for name, files in (("one", {"same": "same\n", "text": "first\nsecond\n", "gone": "x"}), ("two", {"same": "same\n", "text": "first\nthird\n", "come": "x"})):
            folder = os.path.join(self.folder, name, "source")
            os.makedirs(folder)
            for file, text in files.items():
                pathlib.Path(folder, file).write_text(text)
        make = 'p: derivation { name = "it"; system = "x"; builder = "/bin/sh"; src = p; }'
        result = self.run("diff", "--expr", f"let make = {make}; in {{ a = make {self.folder}/one/source; b = make {self.folder}/two/source; }}", "a", "b")
        self.check("files of a folder", "source source has other contents:\n    - gone\n    text:\n      - second\n      + third\n    + come\n"
                   in result.stdout, result)

    def test_why(self):
        result = self.graph("why", "program", "library")
        lines = result.stdout.splitlines()
        self.check("a chain", len(lines) == 2 and lines[0].endswith("-program.drv") and "library.drv  (args)" in lines[1], result)
        none = self.graph("why", "library", "program")
        self.check("no chain", none.returncode == 1 and "does not need" in none.stderr, none)

    def test_output_of(self):
        features = ["--extra-experimental-features", "dynamic-derivations ca-derivations", "--read-only"]
        result = self.run("eval", "--file", "output-of.nix", "--json", *features)
        values = json.loads(result.stdout or "{}")
        self.check("outputs of .drv files", len(values) == 4 and all(values.values()), result)
        for name, reference, message in (("nothing", "builtins.unsafeDiscardOutputDependency d.drvPath", "does not have output 'nothing'"),
                                         ("out", "d.drvPath", "complete source and binary closure"), ("out", "d", "expected a string but found a set"),
                                         ("out", '"x${d.outPath}"', "is not the right placeholder"), ("out", '"${builtins.toFile "x" "y"}"', "not a valid derivation path"),
                                         ("out", '"text"', "has 0 entries")):
            text = f'let d = derivation {{ name = "x"; system = "s"; builder = "b"; }}; in builtins.outputOf ({reference}) "{name}"'
            result = self.run("eval", "--expr", text, *features)
            self.check(f"outputOf of {reference}", result.returncode == 1 and message in result.stderr, result)
        text = "let f = n: x: if n == 0 then x else f (n - 1) (builtins.outputOf x \"out\"); d = derivation { name = \"x\"; system = \"s\"; builder = \"b\"; }; in f 1000 d.outPath"
        result = self.run("eval", "--expr", text, *features)
        self.check("outputOf without end", result.returncode == 1 and "too many" in result.stderr, result)
        self.check("only as a feature", self.run("eval", "--expr", "builtins ? outputOf").stdout.strip() == "false")

    def test_derivations_built_by_derivations(self):
        """The paths are those of Nix 2.34.8; what is written as a graph reads as the same graph."""
        features = ["--extra-experimental-features", "dynamic-derivations ca-derivations impure-derivations", "--read-only"]
        here = pathlib.Path(__file__).resolve().parent
        expected = json.loads((here / "dynamic.exp.json").read_text())
        result = self.run("eval", "--file", "dynamic.nix", "--json", "paths", *features)
        paths = json.loads(result.stdout or "{}")
        for name in sorted(expected | paths):
            self.check(f"dynamic: {name}", paths.get(name) == expected.get(name), paths.get(name), expected.get(name))
        result = self.run("eval", "--file", "dynamic.nix", "--json", "contexts", *features)
        self.check("dynamic: contexts", [list(c.values()) if isinstance(c, dict) else c for c in json.loads(result.stdout or "[]")] ==
                   [[{"outputs": ["out"]}], True], result)
        graph = self.run("graph", "--file", "dynamic.nix", "derivations.mixed", "--format", "json", *features)
        file = pathlib.Path(self.folder, "dynamic.json")
        file.write_text(graph.stdout)
        mixed = next(one for one in json.loads(graph.stdout)["derivations"].values() if one["name"] == "mixed")
        used = next(value for path, value in mixed["inputs"]["drvs"].items() if path.endswith("-made.drv.drv"))
        none = {"dynamicOutputs": {}}
        inner = {"dev": none | {"outputs": ["out"]}}
        self.check("dynamic: a graph", used == {"dynamicOutputs": {"out": {"dynamicOutputs": inner, "outputs": ["dev", "out"]}}, "outputs": ["out"]}, used)
        self.check("dynamic: a graph is read", self.run("diff", str(file), str(file)).returncode == 0, graph)

    def test_bad_input(self):
        for text in ("", "{", "[]", '{"derivations": 1}', '{"derivations": {"x.drv": {}}}', '{"derivations": {"x.drv": null}, "version": 4}'):
            file = os.path.join(self.folder, "bad.json")
            pathlib.Path(file).write_text(text)
            result = self.run("diff", file, file)
            self.check(f"the file {text!r}", result.returncode == 1 and "bad.json" in result.stderr, result)
        for words in (["--format", "png"], ["--depth", "x"], ["--json-version", "9"]):
            result = self.graph("graph", "program", *words)
            self.check(f"wrong usage {words}", result.returncode == 2 and result.stderr != "", result)


if __name__ == "__main__":
    sys.exit(runner.main(__doc__, Tests))
