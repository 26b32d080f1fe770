#!/usr/bin/env python3
"""Holds evaluation on several threads to that on one: random sets of jobs that share what they evaluate give the same lines, and
single values with threads that work ahead the same text and the same messages in the same order.

The shared values fail, recurse without end (alone, and through each other, so that threads wait for each other), import files
that several threads reach at once, make derivations, write messages and take memory, also with a collection every few
kilobytes. Programs are made from a seed, which a failure prints: `threads.py --evalctl E --seed S --count 1` runs that one
again. Besides, hosts of a fleet that are made of equal texts are the same with collections as without. The last line is
`N passed, M failed`.
"""

import argparse
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

SHARED, JOBS, FILES, WHOLES = 24, 16, 4, 6
TIMEOUT = 300


class Program:
    """A folder with `jobs.nix` and the files it imports. `s` are the shared values, by name; each may use any other."""

    def __init__(self, seed, folder):
        self.random = random.Random(seed)
        self.folder = pathlib.Path(folder)
        names = [f"v{i}" for i in range(SHARED)]
        shared = "\n".join(f"    {name} = {self.shared(i, names)};" for i, name in enumerate(names))
        jobs = "\n".join(f"  j{i} = {self.job(i, names)};" for i in range(JOBS))
        calm = "\n".join(f"    {name} = {self.shared(i, names, calm=True)};" for i, name in enumerate(names))
        wholes = "\n".join(f"  w{i} = {self.whole(i)};" for i in range(WHOLES))
        # Where no job reads a file, errors can be explained beside other jobs.
        self.read_before = self.random.random() < 0.5
        for i in range(FILES):
            (self.folder / f"file{i}.nix").write_text(self.file(i))
        files = " ".join(f"./file{i}.nix" for i in range(FILES))
        read = f"builtins.foldl' (a: file: builtins.seq (import file) a) {{ }} [ {files} ] // " if self.read_before else ""
        (self.folder / "jobs.nix").write_text(
            f"{self.PRELUDE}\n  s = rec {{\n{shared}\n  }};\n  c = rec {{\n{calm}\n  }};\n  j = {{\n{jobs}\n}};\nin {read}j // {{\n{wholes}\n}}\n")

    PRELUDE = """let
  work = n: builtins.foldl' (a: b: a + b) 0 (builtins.genList (x: x * x) n);
  many = builtins.listToAttrs (builtins.genList (i: { name = "n${toString i}"; value = work (i + 50); }) 200);
  mapped = builtins.mapAttrs (name: value: "${name}-${toString value}") (many // { extra = 1; });
  count = n: if n == 0 then 0 else 1 + count (n - 1);
  drv = name: text: derivation { inherit name text; system = "x"; builder = "/b"; };
  number = v: if builtins.isInt v then v else if builtins.isList v then builtins.length v
              else if builtins.isString v then builtins.stringLength v else 1;"""

    def file(self, i):
        others = [f"(import ./file{k}.nix).late" for k in range(FILES) if k != i]
        # `early` is evaluated by the import itself: files that import each other there never end.
        early = f"builtins.seq (import ./file{(i + 1) % FILES}.nix) " if not self.read_before and self.random.random() < 0.15 else ""
        return (f"let sum = builtins.foldl' (a: b: a + b) 0 (builtins.genList (x: x) {self.random.randrange(3000)});\n"
                f"in {early}(builtins.seq sum {{ late = sum + {i}; far = {self.random.choice(others)}; wrong = 1 + {{ a = sum; }}; }})\n")

    def shared(self, i, names, calm=False):
        """Expression of value number `i`; a calm one never fails."""
        pick = self.random.choice
        # Mostly of earlier values; the few others make recursion without end.
        other = lambda: pick(names[:i] or names) if calm or self.random.random() < 0.98 else pick(names)
        size = self.random.randrange(200, 4000)
        return self.random.choices([
            f"work {size} + number {other()} + number {other()}",
            f"builtins.genList (k: k + number {other()}) {self.random.randrange(1, 40)}",
            f"let t = builtins.tryEval {other()}; in if t.success then number t.value else {size}",
            f"(import ./file{self.random.randrange(FILES)}.nix).{pick(['late', 'late', 'far', 'wrong'])} + work {size}",
            f'"${{drv "d{i}" "${{toString (number {other()})}}"}}"',
            f'"${{mapped.n{self.random.randrange(200)}}}${{mapped.extra}}"',
            f'builtins.seq (work {size}) (throw "failed {i}")',
            f"builtins.seq (work {size}) ({other()} + {{ a = {other()}; b = [ {other()} ]; }})",
            f"count {self.random.randrange(100, 3000)} + number {other()}",
            f'builtins.trace "message {i}" (number {other()})',
            f"builtins.deepSeq (builtins.map (k: {{ inherit k; l = [ k ]; }}) (builtins.genList (k: k) {size})) (number {other()})",
            f"assert number {other()} > 3; work {size}",
        ], [8, 4, 3, 0, 3, 3, 0, 0, 3, 2, 4, 0] if calm else [8, 4, 3, 4, 3, 3, 2, 2, 3, 2, 4, 1])[0]

    def job(self, i, names):
        used = self.random.sample(names, 4)
        text = " + ".join(f"toString (number s.{name})" for name in used)
        if self.random.random() < 0.1:
            return f"{{ recurseForDerivations = true; a = drv \"a{i}\" ({text}); b = drv \"b{i}\" (toString (number s.{used[0]})); }}"
        return f"drv \"j{i}\" ({text})"


    def whole(self, i):
        """What forces many values for certain: others work ahead on them."""
        of_all = self.random.random() < 0.3
        shared = lambda: f"(number c.v{self.random.randrange(SHARED)} + work {self.random.randrange(2000)})"
        pick = lambda: f"j.j{self.random.randrange(JOBS)}" if of_all and self.random.random() < 0.2 else shared()
        attributes = " ".join(f"a{k} = {pick()};" for k in range(6))
        items = " ".join(f"(toString {pick()})" for _ in range(5))
        plain = f'derivation {{ name = "w{i}"; system = "x"; builder = "/b"; {attributes} l = [ {items} ]; args = [ {items} ]; }}'
        return self.random.choice([
            plain,
            plain.replace("builder =", "__structuredAttrs = true; builder ="),
            f'drv "w{i}" (builtins.concatStringsSep " " [ {items} ])',
            f'builtins.deepSeq (builtins.genList (k: work (k * 20)) 60) ({plain})',
            f'builtins.seq (builtins.tryEval (builtins.concatLists [ [ {pick()} ] (throw "x") s.v0 s.v1 ])) ({plain})',
        ])


FLEET = r"""# Hosts that are made of equal texts, each made anew, some by looking into texts while others are made.
{ hosts ? 4, seed ? 1 }:
let
  inherit (builtins) elemAt filter foldl' genList isString listToAttrs length mapAttrs stringLength toString;
  below = n: i: i - i / n * n;
  text = i: "text number ${toString (below 10 i)} of several";
  dashed = i: "alpha${toString (below 7 i)}-beta-gamma-delta-epsilon-zeta-eta-theta-iota-kappa-lambda-mu-nu-xi-omicron-pi-rho-sigma";
  groups = "([a-z0-9]+)-([a-z]+)-([a-z]+)-([a-z]+)-([a-z]+)-([a-z]+)-([a-z]+)-([a-z]+)-([a-z]+)-([a-z]+)-([a-z]+)-([a-z]+)-([a-z]+)-([a-z]+)-([a-z]+)-([a-z]+)-([a-z]+)-([a-z]+)";
  output = i: "output${toString (below 30 i)}";
  old = genList text 10 ++ genList dashed 7 ++ genList output 30;
  # Words that are made when they are asked for, long after the set.
  options = mapAttrs (name: i: text (i + seed)) (listToAttrs (genList (i: { name = "option${toString i}"; value = i; }) 120));
  shared = mapAttrs (name: drv: drv) (listToAttrs (genList (i: { name = "package${toString i}"; value = package i; }) 20));
  package = i: derivation {
    name = "package${toString i}"; system = "x"; builder = "/b";
    a = text i; b = options."option${toString (i * 5)}"; matched = builtins.match groups (dashed i);
    inputs = if i == 0 then [ ] else [ shared."package${toString (i / 2)}" ];
  };
  # Joined lists, which all hosts come to at once.
  joined = genList (n: foldl' (all: i: [ (text (i + n)) ] ++ all ++ [ (dashed i) ]) [ ] (genList (i: i) 60)) 6;
  work = k: foldl' (a: b: a + stringLength b) 0 (genList (i: "work ${toString k} ${toString i} ${text i}") 8);
  host = n: let
    late = mapAttrs (name: i: text i) (listToAttrs (genList (i: { name = "late${toString i}"; value = i; }) 100));
    ask = k: builtins.seq late."late${toString k}" (work k);
  in derivation {
    asked = builtins.seq (work n) (builtins.seq (foldl' (a: k: a + ask k) 0 (genList (k: k) 100)) (builtins.attrValues late));
    name = "host${toString n}"; system = "x"; builder = "/b"; args = genList (i: options."option${toString (i + n * 20)}") 30;
    texts = genList (i: builtins.seq (work (n + i)) options."option${toString (i * 3 + n)}") 30;
    pieces = builtins.concatMap (i: filter isString (builtins.split "-" (dashed (n + i)))) (genList (i: i) 4);
    matches = builtins.concatMap (i: builtins.match groups (dashed (n + i))) (genList (i: i) 4);
    replaced = genList (k: builtins.replaceStrings (genList (i: text (i + k)) 20) (genList (i: dashed (i + n)) 20) (text (k + 1) + text k)) 2;
    parts = elemAt joined (below 6 n) ++ elemAt joined (below 6 (n + 1)) ++ [ (work n) ] ++ elemAt joined (below 6 n);
    closure = map (e: e.key) (builtins.genericClosure {
      startSet = [ { key = text n; at = n; } ];
      operator = e: map (i: { key = text i; at = i; }) [ (e.at + 1) (e.at + 3) ];
    });
    contexts = genList (k: builtins.toJSON (builtins.getContext (builtins.appendContext (text k) {
      "/nix/store/00000000000000000000000000000000-a.drv".outputs = genList (i: output (i + n)) 30;
    }))) 10;
    json = builtins.toJSON { options = if n == 0 then options else { }; all = genList (i: text (i * work i)) 5; };
    packages = genList (i: shared."package${toString (below 20 (i * n))}") 12;
  };
in
builtins.deepSeq old {
  hosts = listToAttrs (genList (n: { name = "host${toString n}"; value = host n; }) hosts) // { recurseForDerivations = true; };
  # What is called leaves nothing behind but its result.
  calls = genList (n: { i ? n, size ? foldl' (a: k: a + stringLength (text k)) 0 (genList (k: k) 100) }:
    builtins.seq size (derivation { name = "call${toString i}"; system = "x"; builder = "/b"; })) 40;
}
"""

# So much that the first collection is marked by other threads while this goes on: sets that are made and looked through again at all
# times, and a chain that grows.
GRAPH = """
{ seed }:
let
  inherit (builtins) concatStringsSep elemAt foldl' genList head length mapAttrs stringLength;
  node = depth: key: {
    inherit key;
    left = if depth == 0 then null else node (depth - 1) (key * 2 + seed);
    right = if depth == 0 then null else node (depth - 1) (key * 2 + 1);
    names = genList (i: "n${toString (key + i)}") 6;
    set = mapAttrs (n: v: v + key) { a = key; b = 2; c = 3; };
  };
  sum = n: if n == null then 0 else n.key + length n.names + n.set.a + n.set.c + sum n.left + sum n.right;
  texts = n: if n == null then 0 else stringLength (concatStringsSep "," n.names) + texts n.right + texts n.left;
  tree = node 11 1;
  chain = foldl' (acc: i: [ i acc ]) [ ] (genList (i: { x = i; y = tree.key + i; }) 900);
  long = l: n: if l == [ ] then n else long (elemAt l 1) (n + (head l).y);
in
[ (sum tree) (texts tree) (long chain 0) (sum tree) (texts (node 12 7)) (sum tree) (long chain 1) ]
"""


def execute(evalctl, folder, *words):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("NIX_")}
    return subprocess.run([evalctl, *words], cwd=folder, capture_output=True, text=True, timeout=TIMEOUT, env=environment, check=False)


def run(evalctl, folder, *words):
    return execute(evalctl, folder, words[0], "--read-only", "--file", "jobs.nix", *words[1:])


def run_jobs(evalctl, folder, threads, *options):
    return run(evalctl, folder, "jobs", "--workers", str(threads), *options)


def run_eval(evalctl, folder, threads, names):
    return run(evalctl, folder, "eval", "--no-eval-cache", "--jobs", str(threads), *names)


def same(one, other):
    return (one.returncode, one.stdout, one.stderr) == (other.returncode, other.stdout, other.stderr)


def differs(one, other):
    # Which job a message of a shared value belongs to, nobody can say.
    return one.returncode != other.returncode or one.stdout != other.stdout or sorted(set(one.stderr.splitlines())) != sorted(set(other.stderr.splitlines()))


def check_collections(evalctl, seed, repeat):
    """What differs, and how much was compared."""
    wrong, compared = [], 0
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "fleet.nix").write_text(FLEET)
        (pathlib.Path(folder) / "graph.nix").write_text(GRAPH)
        hosts = ["jobs", "--read-only", "--file", "fleet.nix", "--arg", "seed", str(seed)]
        calls = ["nix-instantiate", "--readonly-mode", "fleet.nix", "-A", "calls"]
        graph = ["nix-instantiate", "--eval", "--strict", "graph.nix", "--arg", "seed", str(seed)]
        small, large = ["1K", "6K", "32K", "256K"], ["1M", "2M", "5M", "9M"]
        for words, threads, sizes in [(hosts, ["--workers", "1"], small), (hosts, ["--workers", "4"], small), (calls, [], small), (graph, [], large)]:
            one = execute(evalctl, folder, *words)
            for size in sizes * repeat:
                other = execute(evalctl, folder, *words, *threads, "--option", "collect-every", size)
                compared += 1
                if one.returncode or (other.returncode, other.stdout) != (one.returncode, one.stdout):
                    wrong.append(f"FAIL {' '.join([*words, *threads])}, a collection every {size}\n--- without\n{one.stdout}{one.stderr}--- with\n{other.stdout}{other.stderr}")
    return wrong, compared


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--evalctl", required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=12)
    parser.add_argument("--repeat", type=int, default=2)
    parser.add_argument("--only", choices=["plain", "collecting"])
    options = parser.parse_args()
    evalctl = os.path.abspath(options.evalctl)
    ways = {"plain": [], "collecting": ["--option", "collect-every", "32K"]}
    wrong, compared = check_collections(evalctl, options.seed, options.repeat)
    passed, failed = compared - len(wrong), len(wrong)
    print("\n".join(wrong), end="\n" if wrong else "")
    for seed in range(options.seed, options.seed + options.count):
        with tempfile.TemporaryDirectory() as folder:
            Program(seed, folder)
            one = run_jobs(evalctl, folder, 1)
            good = [line["attr"] for line in map(json.loads, one.stdout.splitlines()) if "drvPath" in line]
            for names in [good, [f"j{i}" for i in range(JOBS)]] if len(good) > 1 else []:
                bad = differs(run_eval(evalctl, folder, 1, names), run_eval(evalctl, folder, 4, names))
                passed, failed = passed + (not bad), failed + bad
                if bad:
                    print(f"FAIL seed {seed}, evalctl eval {' '.join(names)}")
            for name in [f"w{i}" for i in range(WHOLES)]:
                alone = run_eval(evalctl, folder, 1, [name])
                for way in ways.values():
                    for _ in range(options.repeat):
                        other = run_eval(evalctl, folder, 4, [*way, name])
                        bad = not same(alone, other)
                        passed, failed = passed + (not bad), failed + bad
                        if bad:
                            print(f"FAIL seed {seed}, ahead, {name} {way}\n--- one\n{alone.stdout}{alone.stderr}--- four\n{other.stdout}{other.stderr}")
            for way in [options.only] if options.only else ways:
                for threads in [2, 4] * options.repeat:
                    other = run_jobs(evalctl, folder, threads, *ways[way])
                    bad = len(one.stdout.splitlines()) < JOBS or differs(one, other)
                    passed, failed = passed + (not bad), failed + bad
                    if bad:
                        print(f"FAIL seed {seed}, {threads} threads, {way}\n--- one\n{one.stdout}{one.stderr}--- {threads}\n{other.stdout}{other.stderr}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
