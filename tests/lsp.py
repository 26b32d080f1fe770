#!/usr/bin/env python3
"""Runs the marked fixtures of the language server: tests/lsp/cases/<feature>/<case>.nix, or a folder of several files.

A marker is a comment below the line that it speaks of; its carets say where:

    let inc = n: n + 1; in inc 41
    #   ^^^ def: inc
    #                      ^^^ use: inc

    def, use NAME     definition, references, highlights and rename agree on all markers of NAME, across the files of a case
    diag CODE TEXT    a diagnostic lies exactly here; with one marker, or `# all diagnostics`, there is no other in the file
    hover TEXT        hover contains TEXT (`\\n` for a line end); `no hover` for none;  hover= TEXT: its first line is TEXT
    complete A B      completion behind the carets offers A and B;  complete! A: does not offer A;  complete= A B: just these
    token TYPE.MOD    the semantic token here
    symbol KIND NAME  a document symbol whose name stands here
    fold N            a range that folds from this line to N lines below
    select A | B      selection ranges, from the innermost, begin with these texts
    link FILE         a document link to FILE, relative to the case
    jump FILE:LINE    definition leads to line LINE of FILE
    signature L @N    signature help behind the carets shows L with parameter N active
    action TITLE      a code action whose result stands in the expectation (case.exp)
    rename NEW        renaming to NEW gives what stands in the expectation; rename! NEW is refused
    linked 1:5 2:9    linked editing: lines and columns of all places; nothing for none
    move OLD NEW      moving the file or folder OLD to NEW changes what stands in the expectation
    hint TEXT         an inlay hint behind the carets
    format            formatting gives what stands in the expectation;  format-range: that of the range;  type: what typing the
                      last letter, or `type newline`, changes;  type!: it changes nothing
    report CODE       pulled diagnostics have CODE here, and are not sent a second time
    lens A B          titles of the code lenses here, each in the place of `_` for a blank
    run TITLE TEXT    the lens of that title here shows TEXT; a drawing is a file of SVG
    calls A B         outgoing calls of the function here;  called A B: incoming ones

Cases of the features below EVALUATED run with evaluation, on the package set in corpus/nixpkgs-mini: there, what a marker
expects may come late. The others run without.

The last line is `N passed, M failed`. `--update` rewrites the expectations.
"""

import argparse
import concurrent.futures
import dataclasses
import os
import pathlib
import re
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "lsp"))

from client import Client, RequestError, path_of, server_command, uri_of  # noqa: E402

EVALUATED = {"options", "values", "option-hover", "option-jump", "option-checks", "option-fixes", "packages", "library", "errors", "projects", "lenses"}
PATIENCE = 20
MARKER = re.compile(r"^\s*#(\s*)(\^+) ([a-z-]+[!=]?):? ?(.*)$")
KINDS = ["file", "module", "namespace", "package", "class", "method", "property", "field", "constructor", "enum", "interface",
         "function", "variable", "constant", "string", "number", "boolean", "array", "object", "key", "null"]


@dataclasses.dataclass
class Marker:
    path: pathlib.Path
    line: int
    begin: int
    end: int
    kind: str
    text: str

    @property
    def range(self):
        return {"start": {"line": self.line, "character": self.begin}, "end": {"line": self.line, "character": self.end}}

    def __str__(self):
        return f"{self.path.name}:{self.line + 1}:{self.begin + 1}: {self.kind}: {self.text}"


def read_markers(path, text):
    markers, target = [], 0
    for number, line in enumerate(text.split("\n")):
        found = MARKER.match(line)
        if not found:
            target = number
            continue
        begin = line.index("^")
        markers.append(Marker(path, target, begin, begin + len(found[2]), found[3], found[4].strip()))
    return markers


def offset_of(text, position):
    lines = text.split("\n")
    return sum(len(line) + 1 for line in lines[:position["line"]]) + position["character"]


def slice_of(text, span):
    return text[offset_of(text, span["start"]):offset_of(text, span["end"])]


def apply_edits(text, edits):
    for edit in sorted(edits, key=lambda e: (offset_of(text, e["range"]["start"]), offset_of(text, e["range"]["end"])), reverse=True):
        begin, end = (offset_of(text, edit["range"][key]) for key in ("start", "end"))
        text = text[:begin] + edit["newText"] + text[end:]
    return text


def edits_by_path(change):
    if "documentChanges" in change:
        return {path_of(c["textDocument"]["uri"]): c["edits"] for c in change["documentChanges"]}
    return {path_of(uri): edits for uri, edits in change.get("changes", {}).items()}


class Case:
    def __init__(self, client, path, update, evaluated=False):
        self.client, self.path, self.update, self.evaluated = client, path, update, evaluated
        self.files = {p: p.read_text() for p in (sorted(path.rglob("*.nix")) if path.is_dir() else [path])}
        self.markers = [m for p, text in self.files.items() for m in read_markers(p, text)]
        self.failures, self.checks, self.results = [], 0, []

    def check(self, condition, marker, message):
        self.checks += 1
        if not condition:
            self.failures.append(f"{marker}: {message}")

    def at(self, marker, end=False):
        return self.client.at(marker.path, marker.line, marker.end if end else marker.begin)

    def whole(self, path):
        return {"textDocument": {"uri": uri_of(path)}}

    def run(self):
        for path, text in self.files.items():
            self.client.open(path, text)
        if not self.evaluated:
            self.diagnostics()
        self.names()
        for marker in self.markers:
            name = {"!": "_not", "=": "_only"}.get(marker.kind[-1], "")
            run = getattr(self, "on_" + marker.kind.rstrip("!=").replace("-", "_") + name, None)
            if run:
                self.patiently(lambda run=run, marker=marker: run(marker))
            elif marker.kind not in ("def", "use", "diag"):
                self.check(False, marker, "no such marker")
        if self.evaluated:
            self.diagnostics()
        self.expectation()
        for path in self.files:
            self.client.notify("textDocument/didClose", self.whole(path))
        if not self.checks:
            self.failures.append(f"{self.path.name}: nothing is checked")

    def patiently(self, action):
        """Repeats what fails for as long as an evaluation may still be going on."""
        end = time.monotonic() + (PATIENCE if self.evaluated else 0)
        while True:
            failures, results = list(self.failures), list(self.results)
            action()
            if len(self.failures) == len(failures) or time.monotonic() > end:
                return
            self.failures, self.results = failures, results
            self.client.pump(0.1)

    def diagnostics(self):
        self.patiently(self.check_diagnostics)

    def check_diagnostics(self):
        for path, text in self.files.items():
            wanted = [m for m in self.markers if m.kind == "diag" and m.path == path]
            if not wanted and "# all diagnostics" not in text:
                continue
            found = list(self.client.wait_diagnostics(path))
            for marker in wanted:
                code, _, words = marker.text.partition(" ")
                match = [d for d in found if d["range"] == marker.range and d["code"] == code and words in d["message"]]
                self.check(match, marker, f"not among {[(d['code'], d['message'], d['range']) for d in found]}")
                if match:
                    found.remove(match[0])
            self.checks += 1
            if found:
                self.failures.append(f"{path.name}: not expected: {[(d['code'], d['message'], d['range']) for d in found]}")

    def names(self):
        groups = {}
        for marker in self.markers:
            if marker.kind in ("def", "use"):
                groups.setdefault(marker.text, []).append(marker)
        for group in groups.values():
            self.name_group(group)

    def name_group(self, group):
        def place(path, span):
            return (str(path), span["start"]["line"], span["start"]["character"], span["end"]["character"])

        every = sorted({place(m.path, m.range) for m in group})
        definitions = sorted(place(m.path, m.range) for m in group if m.kind == "def")
        for marker in group:
            result = self.client.request("textDocument/definition", self.at(marker)) or []
            found = sorted(place(path_of(r["targetUri"] if "targetUri" in r else r["uri"]),
                                 r["targetSelectionRange"] if "targetUri" in r else r["range"]) for r in result)
            self.check(found == definitions, marker, f"definition leads to {found}")
            result = self.client.request("textDocument/references", self.at(marker) | {"context": {"includeDeclaration": True}})
            found = sorted({place(path_of(r["uri"]), r["range"]) for r in result or []})
            self.check(found == every, marker, f"references are {found}")
            result = self.client.request("textDocument/documentHighlight", self.at(marker))
            found = sorted({place(marker.path, r["range"]) for r in result or []})
            self.check(found == [e for e in every if e[0] == str(marker.path)], marker, f"highlights are {found}")

    def on_hover(self, marker):
        result = self.client.request("textDocument/hover", self.at(marker))
        value = result["contents"]["value"] if result else ""
        self.check(marker.text.replace("\\n", "\n") in value, marker, f"hover is {value!r}")

    def on_hover_only(self, marker):
        result = self.client.request("textDocument/hover", self.at(marker))
        first = result["contents"]["value"].split("\n")[0] if result else ""
        self.check(first == marker.text, marker, f"the first line of the hover is {first!r}")

    def on_no(self, marker):
        self.check(self.client.request("textDocument/" + marker.text, self.at(marker)) is None, marker, "there is one")

    def completions(self, marker):
        result = self.client.request("textDocument/completion", self.at(marker, end=True))
        return [item["label"] for item in result["items"]] if result else []

    def on_complete(self, marker):
        labels = self.completions(marker)
        for word in marker.text.split():
            self.check(word in labels, marker, f"{word} is not among {labels[:40]}")

    def on_complete_not(self, marker):
        labels = self.completions(marker)
        for word in marker.text.split():
            self.check(word not in labels, marker, f"{word} is offered")

    def on_complete_only(self, marker):
        labels = self.completions(marker)
        self.check(sorted(labels) == sorted(marker.text.split()), marker, f"offered are {labels[:40]}")

    def on_token(self, marker):
        legend = self.client.capabilities["semanticTokensProvider"]["legend"]
        data = self.client.request("textDocument/semanticTokens/full", self.whole(marker.path))["data"]
        line = character = 0
        found = {}
        for i in range(0, len(data), 5):
            line, character = line + data[i], data[i + 1] + (0 if data[i] else character)
            modifiers = [m for bit, m in enumerate(legend["tokenModifiers"]) if data[i + 4] >> bit & 1]
            found[line, character, character + data[i + 2]] = ".".join([legend["tokenTypes"][data[i + 3]]] + modifiers)
        kind = found.get((marker.line, marker.begin, marker.end))
        self.check(kind == marker.text, marker, f"the token is {kind}")

    def on_symbol(self, marker):
        def flatten(symbols):
            for symbol in symbols:
                yield symbol
                yield from flatten(symbol.get("children", []))

        found = [s for s in flatten(self.client.request("textDocument/documentSymbol", self.whole(marker.path)))
                 if s["selectionRange"] == marker.range]
        texts = [f"{KINDS[s['kind'] - 1]} {s['name']}" for s in found]
        self.check(marker.text in texts, marker, f"symbols here: {texts}")

    def on_fold(self, marker):
        found = [r["endLine"] - marker.line for r in self.client.request("textDocument/foldingRange", self.whole(marker.path))
                 if r["startLine"] == marker.line]
        self.check(int(marker.text) in found, marker, f"folds to {found} lines below")

    def on_select(self, marker):
        where = self.at(marker)
        result = self.client.request("textDocument/selectionRange", self.whole(marker.path) | {"positions": [where["position"]]})
        texts, part = [], result[0]
        while part:
            texts.append(slice_of(self.files[marker.path], part["range"]))
            part = part.get("parent")
        wanted = [part.strip() for part in marker.text.split(" | ")]
        self.check(texts[:len(wanted)] == wanted, marker, f"selections are {texts}")

    def on_link(self, marker):
        base = self.path if self.path.is_dir() else self.path.parent
        links = self.client.request("textDocument/documentLink", self.whole(marker.path)) or []
        found = [path_of(link["target"]) for link in links if link["range"] == marker.range]
        self.check(found == [str(base / marker.text)], marker, f"links here: {found}, all: {links}")

    def on_jump(self, marker):
        base = self.path if self.path.is_dir() else self.path.parent
        name, _, line = marker.text.partition(":")
        result = self.client.request("textDocument/definition", self.at(marker)) or []
        found = [(path_of(r.get("targetUri", r.get("uri"))), (r.get("targetSelectionRange") or r["range"])["start"]["line"] + 1) for r in result]
        self.check((str((base / name).resolve()), int(line)) in found, marker, f"leads to {found}")

    def on_signature(self, marker):
        result = self.client.request("textDocument/signatureHelp", self.at(marker, end=True))
        label, _, active = marker.text.rpartition(" @")
        shown = (result["signatures"][0]["label"], result.get("activeParameter")) if result else None
        self.check(shown == (label, int(active)), marker, f"shown is {shown}")

    def apply(self, marker, title, change, broken=False):
        edits = edits_by_path(change)
        for path, changes in sorted(edits.items()):
            text = apply_edits(self.files.get(pathlib.Path(path)) or pathlib.Path(path).read_text(), changes)
            shown = "\n".join(line for line in text.split("\n") if not MARKER.match(line))
            self.results.append(f"== {pathlib.Path(path).name}:{marker.line + 1}: {title}\n{shown}")
            # What an action makes is again a program.
            scratch = pathlib.Path(path).with_suffix(".after.nix")
            self.client.open(scratch, text)
            errors = [d for d in self.client.wait_diagnostics(scratch) if d["code"].startswith("P")]
            self.client.notify("textDocument/didClose", self.whole(scratch))
            self.check(not errors or broken, marker, f"the result does not parse: {errors}")

    def actions(self, marker):
        return self.client.request("textDocument/codeAction", self.whole(marker.path) | {
            "range": marker.range, "context": {"diagnostics": []}}) or []

    def on_action(self, marker):
        actions = self.actions(marker)
        found = [a for a in actions if a["title"] == marker.text]
        self.check(len(found) == 1, marker, f"actions here: {[a['title'] for a in actions]}")
        if found:
            self.apply(marker, marker.text, found[0]["edit"])

    def on_action_not(self, marker):
        self.check(marker.text not in [a["title"] for a in self.actions(marker)], marker, "is offered")

    def on_rename(self, marker):
        result = self.client.request("textDocument/rename", self.at(marker) | {"newName": marker.text})
        self.apply(marker, f"rename to {marker.text}", result)

    def on_rename_not(self, marker):
        try:
            self.client.request("textDocument/rename", self.at(marker) | {"newName": marker.text})
            self.check(False, marker, "is not refused")
        except RequestError as error:
            self.check(error.code in (-32803, -32602), marker, f"error {error.code}")

    def on_linked(self, marker):
        result = self.client.request("textDocument/linkedEditingRange", self.at(marker))
        columns = [(r["start"]["line"] + 1, r["start"]["character"] + 1) for r in (result or {"ranges": []})["ranges"]]
        self.check(sorted(columns) == sorted(tuple(map(int, w.split(":"))) for w in marker.text.split()), marker, f"linked are {columns}")

    def on_move(self, marker):
        old, new = (self.path / path_of(name) for name in marker.text.split())
        change = self.client.request("workspace/willRenameFiles", {"files": [{"oldUri": uri_of(old), "newUri": uri_of(new)}]})
        self.apply(marker, f"move {marker.text}", change)

    def on_format(self, marker):
        edits = self.client.request("textDocument/formatting", self.whole(marker.path) | {
            "options": {"tabSize": 2, "insertSpaces": True}}) or []
        self.apply(marker, "format", {"changes": {uri_of(marker.path): edits}})

    def on_format_range(self, marker):
        edits = self.client.request("textDocument/rangeFormatting", self.whole(marker.path) | {
            "range": marker.range, "options": {"tabSize": 2, "insertSpaces": True}}) or []
        self.apply(marker, "format the range", {"changes": {uri_of(marker.path): edits}}, broken=True)

    def typed(self, marker):
        letter = "\n" if marker.text == "newline" else self.files[marker.path].split("\n")[marker.line][marker.end - 1]
        return self.client.request("textDocument/onTypeFormatting", self.at(marker, end=letter != "\n") | {
            "ch": letter, "options": {"tabSize": 2, "insertSpaces": True}}) or []

    def on_type(self, marker):
        self.apply(marker, "what was typed", {"changes": {uri_of(marker.path): self.typed(marker)}})

    def on_type_not(self, marker):
        self.check(not self.typed(marker), marker, "something changes")

    def on_report(self, marker):
        where = self.whole(marker.path)
        first = self.client.request("textDocument/diagnostic", where)
        self.check(first["kind"] == "full" and marker.text in [d["code"] for d in first["items"] if d["range"] == marker.range],
                   marker, f"the report is {first}")
        again = self.client.request("textDocument/diagnostic", where | {"previousResultId": first["resultId"]})
        self.check(again == {"kind": "unchanged", "resultId": first["resultId"]}, marker, f"the second report is {again}")
        other = self.client.request("textDocument/diagnostic", where | {"previousResultId": "another"})
        self.check(other == first, marker, f"without a report before it is {other}")

    def on_hint(self, marker):
        line = {"start": {"line": marker.line, "character": 0}, "end": {"line": marker.line + 1, "character": 0}}
        hints = self.client.request("textDocument/inlayHint", self.whole(marker.path) | {"range": line}) or []
        found = [h["label"] for h in hints if h["position"] == marker.range["end"]]
        self.check(marker.text in found, marker, f"hints: {hints}")

    def lenses(self, marker):
        found = self.client.request("textDocument/codeLens", self.whole(marker.path)) or []
        return {lens["command"]["title"].replace(" ", "_"): lens["command"] for lens in found if lens["range"] == marker.range}

    def on_lens(self, marker):
        found = sorted(self.lenses(marker))
        self.check(found == sorted(marker.text.split()), marker, f"lenses: {found}")

    def on_run(self, marker):
        title, _, text = marker.text.partition(" ")
        command = self.lenses(marker).get(title)
        if not command:
            return self.check(False, marker, "there is no such lens")
        before = len(self.client.notifications)
        result = self.client.request("workspace/executeCommand", {"command": command["command"], "arguments": command["arguments"]})
        shown = result["message"] if isinstance(result, dict) else result
        self.client.request("textDocument/foldingRange", self.whole(marker.path))
        sent = [m["params"]["message"] for m in self.client.notifications[before:] if m["method"] == "window/showMessage"]
        self.check(text in shown and sent == [shown], marker, f"the result is {result}, shown are {sent}")
        if isinstance(result, dict) and "uri" in result:
            self.check("<svg" in pathlib.Path(path_of(result["uri"])).read_text(), marker, "the drawing is no SVG")

    def calls(self, marker, direction, key):
        items = self.client.request("textDocument/prepareCallHierarchy", self.at(marker)) or []
        if not items:
            return None
        return sorted({c[key]["name"] for c in self.client.request("callHierarchy/" + direction, {"item": items[0]}) or []})

    def on_calls(self, marker):
        found = self.calls(marker, "outgoingCalls", "to")
        self.check(found == sorted(marker.text.split()), marker, f"calls {found}")

    def on_called(self, marker):
        found = self.calls(marker, "incomingCalls", "from")
        self.check(found == sorted(marker.text.split()), marker, f"called by {found}")

    def expectation(self):
        path = self.path.with_suffix(".exp") if self.path.is_file() else self.path / "case.exp"
        if not self.results:
            return
        text = "\n".join(self.results)
        if self.update:
            path.write_text(text)
        elif not path.exists() or path.read_text() != text:
            self.failures.append(f"{path.name}: differs; now:\n{text}")


def find_cases(root, only):
    cases = []
    for feature in sorted(p for p in root.iterdir() if p.is_dir()):
        for path in sorted(feature.iterdir()):
            if (path.is_dir() or path.suffix == ".nix") and only in f"{feature.name}/{path.name}":
                cases.append(path)
    return cases


def run_case(path, arguments, cache):
    """A server for each case: what one leaves must not help another."""
    evaluated = path.parent.name in EVALUATED
    environment = os.environ | {"XDG_CACHE_HOME": cache, "NIX_PATH": ""}
    if evaluated:
        environment["NIX_PATH"] = f"nixpkgs={HERE.parent / 'corpus' / 'nixpkgs-mini'}"
    # What a client says that knows no Markdown.
    plain = {"hover": {"contentFormat": ["plaintext"]}} if path.parent.name == "plain-help" else {}
    client = Client(server_command(arguments.evalctl), arguments.encoding, root=path if path.is_dir() else path.parent / "none",
                    capabilities={"textDocument": plain}, options={"evaluate": evaluated, "debounceMilliseconds": 1},
                    environment=environment)
    case = Case(client, path, arguments.update, evaluated)
    try:
        case.run()
        if client.close() != 0:
            case.failures.append("the server did not end with 0")
    except Exception as error:
        case.failures.append(f"{type(error).__name__}: {error}")
        client.process.kill()
    return case


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--evalctl", required=True)
    parser.add_argument("--filter", default="")
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--encoding", default="utf-32", help="as Python counts; fixtures are written for it")
    arguments = parser.parse_args()
    cases = find_cases(HERE / "lsp" / "cases", arguments.filter)
    passed = failed = markers = 0
    with tempfile.TemporaryDirectory() as cache, concurrent.futures.ThreadPoolExecutor(4) as pool:
        for case in pool.map(lambda path: run_case(path, arguments, cache), cases):
            markers += len(case.markers)
            passed, failed = passed + (not case.failures), failed + bool(case.failures)
            for failure in case.failures:
                print(f"FAIL {case.path.parent.name}/{case.path.name}: {failure}")
    print(f"{markers} markers in {len(cases)} cases")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
