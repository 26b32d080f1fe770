#!/usr/bin/env python3
"""Checks that calls of a file with equal arguments share their result, and that no others do.

`large.nix` calls enough functions to be looked at, and says "made" when the inside of its result is evaluated. Pairs of
arguments, made by hand and at random, are passed to it by one process; what it gives for both has to be what two processes
give that know one argument each, and "made" comes once where the arguments are equal and twice where they are not.
"""

import pathlib
import random
import re
import subprocess
import sys

import runner

LARGE = """
{ config ? { }, overlays ? [ ], late ? 0, ... }@args:
let
  step = x: if x == 0 then 1 else x;
  work = builtins.foldl' (sum: x: sum + step x) 0 (builtins.genList (x: x) 6000);
in
builtins.seq work {
  inside = builtins.trace "made" {
    names = builtins.attrNames args;
    places = map (name: (builtins.unsafeGetAttrPos name args).line) (builtins.filter (name: builtins.unsafeGetAttrPos name args != null) (builtins.attrNames args));
    config = if builtins.isFunction config then config 5 else config;
    overlays = map (overlay: overlay { a = 1; } { b = 2; }) overlays;
    inherit late;
    again = late;
  };
}
"""

# What makes the arguments, and the two things that it is given; whether they are then equal.
BY_HAND = [
    ("x: { }", "1", "2", True),
    ("x: { config = { inherit x; }; }", "1", "1", True),
    ("x: { config = { inherit x; }; }", "1", "2", False),
    ("x: { config = { inherit x; }; }", "1", "1.0", False),
    ('x: { config = { name = "${x}-1"; }; }', '"a"', '"a"', True),
    ("x: { config = [ x null true ./large.nix ]; }", "7", "7", True),
    ("x: { config = [ x ]; }", "./large.nix", "./other.nix", False),
    ("x: { config = [ x ]; }", "./large.nix", 'toString ./large.nix', False),
    ("x: { late = x + 1; }", "1", "1", True),
    ("x: { late = x + 1; }", "1", "2", False),
    ("x: { overlays = [ (final: prev: final // prev // { inherit x; }) ]; }", "1", "1", True),
    ("x: { overlays = [ (final: prev: { inherit x; }) ]; }", "1", "3", False),
    ("x: { overlays = [ (final: prev: { y = x.y; }) ]; }", "rec { y = z; z = 4; }", "rec { y = z; z = 4; }", False),
    # As large as what nixpkgs of July 2026 is called with in a system: `lib`, as far as it is evaluated, is part of it.
    ("x: let c = builtins.genList (n: [ n x ]) 2600; in builtins.deepSeq c { config = c; }", "1", "1", True),
    ("x: let c = builtins.genList (n: [ n x ]) 2600; in builtins.deepSeq c { config = c; }", "1", "2", False),
    ("x: { config = builtins.mapAttrs (n: v: v + x) { a = 1; b = 2; }; }", "1", "1", True),
    ("x: { config = builtins.mapAttrs (n: v: v + x) { a = 1; b = 2; }; }", "1", "2", False),
    ("x: { config = builtins.add x; }", "1", "1", True),
    ("x: { config = builtins.add x; }", "1", "2", False),
    ("x: { config = builtins.sub x; }", "1", "1", True),
    ("x: let r = { inherit x; self = r; }; in { late = r.self.self.x; config = y: r.self.x; }", "1", "1", True),
    ("x: let r = { inherit x; self = r; }; in { late = r.self.self.x; config = y: r.self.x; }", "1", "2", False),
    ("x: { ${x} = 1; }", '"config"', '"config"', True),
    ("x: { ${x} = 1; }", '"config"', '"late"', False),
    ("x: { config.a = 1; } // { late = x; }", "1", "1", True),
    ("x: { config = { a = 1; } // builtins.listToAttrs (builtins.genList (i: { name = \"n${toString i}\"; value = i + x; }) 40); }", "1", "2", False),
    ('x: { config.drv = builtins.toFile "x" "y" + x; }', '"z"', '"z"', True),
    ('x: { config.text = x; }', 'builtins.toFile "x" "y"', 'builtins.unsafeDiscardStringContext (builtins.toFile "x" "y")', False),
]

CALLS = """
let make = MAKE; large = import ./large.nix; call = x: (large (make x)).inside; both = [ (call (FIRST)) (call (SECOND)) ];
in PRINTED
"""


def value(rng, depth=0):
    """An expression in which x stands for a number."""
    if depth > 3 or rng.random() < 0.3:
        return rng.choice(["x", "1", '"t"', "null", "(x + 1)", "(if x > 1 then 2 else 3)", '"${toString x}"', "./large.nix", "2.5"])
    inner = [value(rng, depth + 1) for _ in range(rng.randint(1, 3))]
    return rng.choice([
        lambda: f"[ {' '.join(inner)} ]",
        lambda: "{ " + " ".join(f"{n} = {e};" for n, e in zip("abc", inner)) + " }",
        lambda: "(rec { " + " ".join(f"{n} = {e};" for n, e in zip("abc", inner)) + " })",
        lambda: f"(let y = {inner[0]}; in [ y y ])",
        lambda: f"(map (v: [ v {inner[0]} ]) [ {' '.join(inner)} ])",
        lambda: f"((v: [ v ]) {inner[0]})",
        lambda: f"({{ a = {inner[0]}; }} // {{ b = {inner[-1]}; }})",
    ])()


class Tests(runner.Runner):
    def __init__(self, evalctl, folder):
        super().__init__()
        self.evalctl, self.folder = evalctl, pathlib.Path(folder)
        (self.folder / "large.nix").write_text(LARGE)
        (self.folder / "other.nix").write_text("1")

    def evaluate(self, make, first, second, printed, format=("--json",)):
        text = CALLS.replace("MAKE", make).replace("FIRST", first).replace("SECOND", second).replace("PRINTED", printed)
        (self.folder / "calls.nix").write_text(text)
        command = [self.evalctl, "nix-instantiate", "--eval", "--strict", *format, "--option", "parse-cache", "false", "calls.nix"]
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True)

    def compare(self, make, first, second):
        """How often the inside was evaluated for both."""
        both = self.evaluate(make, first, second, "both")
        alone = [self.evaluate(make, first, second, f"builtins.elemAt both {i}") for i in (0, 1)]
        joined = f"[{alone[0].stdout.strip()},{alone[1].stdout.strip()}]"
        self.check(f"two calls with {make} of {first} and {second} give what each gives", both.returncode == 0 and both.stdout.strip() == joined, both, *alone)
        return both.stderr.count("made")

    def test_by_hand(self):
        for make, first, second, equal in BY_HAND:
            made = self.compare(make, first, second)
            self.check(f"{make} of {first} and {second}: evaluated {1 if equal else 2} times", made == (1 if equal else 2), made)

    def test_at_random(self):
        rng = random.Random(7)
        shared = 0
        for _ in range(40):
            body = f"config = {value(rng)}; overlays = [ (final: prev: {value(rng)}) ]; late = {value(rng)};"
            make = f"x: {{ {body} }}"
            made = self.compare(make, "1", "1")
            self.check(f"{make} of the same number: evaluated once", made == 1, made)
            different = self.compare(make, "1", "2")
            expected = 2 if re.search(r"\bx\b", body) else 1
            self.check(f"{make} of different numbers: evaluated {expected} times", different == expected, different)
            shared += made == 1
        self.check("calls were shared", shared > 20, shared)

    def test_forced_differently(self):
        """What one argument has evaluated and the other has not does not make them equal, nor wrong."""
        make = "x: { late = x.n + 1; config = builtins.seq x.late x.late; }"
        self.compare(make, "rec { n = 1; late = n; }", "rec { n = 1; late = n; }")

    def test_printed_values_share_nothing(self):
        """Nix's printer tells the same set from an equal one."""
        result = self.evaluate("x: { config = { inherit x; }; }", "1", "1", "both", [])
        self.check("both are printed", result.stdout.count("names") == 2 and result.stderr.count("made") == 2, result)

    def test_errors_stay(self):
        """A part that fails does so for both, where it is asked for."""
        result = self.evaluate('x: { late = throw "no"; }', "1", "1", '[ (builtins.tryEval (builtins.elemAt both 1).late).success (builtins.tryEval (builtins.elemAt both 0).late).success ]')
        self.check("both fail", result.stdout.strip() == "[false,false]", result)


if __name__ == "__main__":
    sys.exit(runner.main(__doc__, Tests))
