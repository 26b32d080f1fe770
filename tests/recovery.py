#!/usr/bin/env python3
"""One mistake, one message: breaks files by one token each and counts what the parser says.

  recovery.py [--evalctl FILE] [--count N] [--seed N] [--least PERCENT] [--show WHAT] [FOLDER...]

Each of the N edits deletes, inserts or replaces one token of a *.nix file below the folders (corpus/ by default). Edits
that leave the file valid do not count. An edit is a hit when `evalctl dump tree` reports exactly one error, on the line of
the edit or on the next line that is not blank; a near miss has one error elsewhere. The choice depends on the seed and the files only. The exit
code is 1 where fewer than PERCENT of the edits are hits. --show miss|near|hit prints those edits.
"""

import argparse
import collections
import concurrent.futures
import pathlib
import random
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
TOKENS = ["(", ")", "[", "]", "{", "}", ";", ":", ",", ".", "=", "@", "?", "if", "then", "else", "let", "in", "with", "assert",
          "inherit", "rec", "x", "1", "++", "//", "!", "...", "./a", "==", "&&"]
QUOTES = {"Quote", "IndentedQuote"}
UNTOUCHED = {"Whitespace", "LineComment", "BlockComment", "StringText", "EndOfFile", "PathText"}


class Edit:
    def __init__(self, path, kind, text, line, last, shown):
        self.path, self.kind, self.text, self.line, self.last, self.shown = path, kind, text, line, last, shown
        self.positions = []

    @property
    def outcome(self):
        if not self.positions:
            return "valid"
        if len(self.positions) > 1:
            return "miss"
        return "hit" if self.line <= self.positions[0][0] <= self.last else "near"


def tokens_of(evalctl, path):
    """(offset, kind) of every token; none where the file is not valid as it is."""
    dump = subprocess.run([evalctl, "dump", "tokens", str(path)], capture_output=True, check=False)
    if dump.returncode != 0:
        return []
    lines = dump.stdout.decode("utf-8", "replace").splitlines()
    return [(int(m[1]), m[2]) for m in (re.match(r"(\d+) (\w+) `", line) for line in lines) if m]


def make_edit(chooser, path, source, tokens):
    places = [i for i, (_, kind) in enumerate(tokens) if kind not in UNTOUCHED]
    if not places:
        return None
    index = chooser.choice(places)
    begin = tokens[index][0]
    end = tokens[index + 1][0]
    kind = chooser.choice(["delete", "insert", "replace"])
    new = "" if kind == "delete" else chooser.choice(TOKENS)
    if kind == "insert":
        text = source[:begin] + new.encode() + b" " + source[begin:]
    else:
        text = source[:begin] + (b" " + new.encode() + b" " if new else b"") + source[end:]
    line = source.count(b"\n", 0, begin) + 1
    rest = source[source.find(b"\n", begin) + 1:]
    last = line + 1 + rest.count(b"\n", 0, len(rest) - len(rest.lstrip()))
    old = source[begin:end].decode("utf-8", "replace")
    shown = {"delete": f"delete `{old}`", "insert": f"insert `{new}` before `{old}`", "replace": f"`{old}` -> `{new}`"}[kind]
    return Edit(path, kind, text, line, last, shown)


def try_edit(evalctl, edit):
    with tempfile.NamedTemporaryFile(suffix=".nix") as file:
        file.write(edit.text)
        file.flush()
        result = subprocess.run([evalctl, "dump", "tree", file.name], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
        errors = result.stderr.decode("utf-8", "replace")
        if result.returncode not in (0, 1):
            sys.exit(f"{edit.path}:{edit.line}: {edit.shown}: exit code {result.returncode}\n{errors}")
        pattern = re.escape(file.name) + r":(\d+):(\d+): (.*)"
        edit.positions = [(int(m[1]), int(m[2]), m[3]) for m in re.finditer(pattern, errors)]
    return edit


def make_edits(evalctl, folders, count, seed, pool):
    """`count` edits that make files invalid."""
    chooser = random.Random(seed)
    paths = sorted(path for folder in folders for path in pathlib.Path(folder).rglob("*.nix") if path.is_file())
    chooser.shuffle(paths)
    paths = paths[:count]
    files = [(path, path.read_bytes(), tokens) for path, tokens in zip(paths, pool.map(lambda p: tokens_of(evalctl, p), paths))
             if tokens]
    found = []
    while len(found) < count and files:
        edits = [make_edit(chooser, *chooser.choice(files)) for _ in range(count - len(found) + 20)]
        found += [e for e in pool.map(lambda e: try_edit(evalctl, e), filter(None, edits)) if e.outcome != "valid"]
    return found[:count]


def show(edits):
    for edit in edits:
        print(f"{edit.path}:{edit.line}: {edit.shown}: {edit.outcome}")
        for line, column, message in edit.positions[:6]:
            print(f"    {line}:{column}: {message}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", default=[str(ROOT / "corpus")])
    parser.add_argument("--evalctl", default=str(ROOT / "build/release/evalctl"))
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--least", type=float, default=0)
    parser.add_argument("--show", choices=["miss", "near", "hit"])
    options = parser.parse_args()
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        edits = make_edits(options.evalctl, options.folders, options.count, options.seed, pool)
    show([edit for edit in edits if edit.outcome == options.show])
    tally = collections.Counter(edit.outcome for edit in edits)
    for group in ("delete", "insert", "replace"):
        counts = collections.Counter(edit.outcome for edit in edits if edit.kind == group)
        print(f"{group:8} " + ", ".join(f"{counts[o]} {o}" for o in ("hit", "near", "miss")))
    share = 100 * tally["hit"] / max(1, len(edits))
    print(f"{len(edits)} edits: {tally['hit']} hit ({share:.1f}%), {tally['near']} near, {tally['miss']} missed")
    return 0 if edits and share >= options.least else 1


if __name__ == "__main__":
    sys.exit(main())
