#!/usr/bin/env python3
"""Holds the tiers equal: random programs give the same value or the same error, byte for byte, in machine code and in bytecode.

Programs are made from a seed, which a failure prints: `tiers.py --evalctl E --seed S --count 1` runs that one again. With
--cached, machine code comes from the cache: each program warms it first. The last line is `N passed, M failed`.
"""

import argparse
import concurrent.futures
import os
import random
import subprocess
import sys
import tempfile

NAMES = ["a", "b", "c", "x", "y", "foo", "bar"]


class Program:
    """One random expression. Loops only count down, so that every program ends."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.fresh = 0

    def pick(self, *choices):
        return self.random.choice(choices)

    def name(self):
        self.fresh += 1
        return f"{self.random.choice(NAMES)}{self.fresh}"

    def expression(self, scope, depth):
        if depth <= 0 or self.random.random() < 0.08:
            return self.leaf(scope)
        return self.pick(*self.FORMS)(self, scope, depth - 1)

    def leaf(self, scope):
        choice = self.random.random()
        if scope and choice < 0.6:
            return self.random.choice(scope)
        literals = ["0", "1", "2", "7", "-3", "9223372036854775807", "4611686018427387903", "1.5", "0.25", "true", "false",
                    "null", '"s"', '""', "[ ]", "{ }", "[ 1 2.0 ]", "{ a = 1; b.c = 2; }", "(throw \"t\")", "/tmp/p",
                    "(x: x)", "builtins.add", "(abort \"stop\")"]
        weights = [6, 6, 6, 6, 3, 1, 2, 3, 2, 3, 3, 1, 3, 1, 1, 1, 2, 4, 1, 1, 2, 1, 0.2]
        literal = self.random.choices(literals, weights)[0]
        return f"({literal})" if literal.startswith("-") else literal

    def binary(self, scope, depth):
        operator = self.random.choices(["+", "-", "*", "/", "==", "!=", "<", "<=", ">", ">=", "&&", "||", "->", "++", "//"],
                                       [8, 8, 5, 2, 4, 3, 4, 3, 3, 3, 2, 2, 1, 2, 2])[0]
        return f"({self.expression(scope, depth)} {operator} {self.expression(scope, depth)})"

    def unary(self, scope, depth):
        return f"({self.pick('!', '-')}{self.expression(scope, depth)})"

    def condition(self, scope, depth):
        return f"({self.expression(scope, depth)} {self.pick('<', '==', '>=')} {self.expression(scope, depth)})"

    def conditional(self, scope, depth):
        return f"(if {self.condition(scope, depth)} then {self.expression(scope, depth)} else {self.expression(scope, depth)})"

    def assertion(self, scope, depth):
        return f"(assert {self.condition(scope, depth)}; {self.expression(scope, depth)})"

    def let(self, scope, depth):
        names = [self.name() for _ in range(self.random.randint(1, 3))]
        inner = scope + names
        bindings = " ".join(f"{n} = {self.expression(inner if self.random.random() < 0.3 else scope, depth)};" for n in names)
        return f"(let {bindings} in {self.expression(inner, depth)})"

    def attributes(self, scope, depth):
        recursive = self.random.random() < 0.3
        names = self.random.sample(NAMES, self.random.randint(0, 4))
        inner = scope + names if recursive else scope
        bindings = [f"{n} = {self.expression(inner, depth)};" for n in names]
        if self.random.random() < 0.15:
            bindings.append(f"${{{self.expression(scope, 0)}}} = {self.expression(scope, depth)};")
        return f"({'rec ' if recursive else ''}{{ {' '.join(bindings)} }})"

    def select(self, scope, depth):
        path = ".".join(self.random.sample(NAMES, self.random.randint(1, 2)))
        target = self.expression(scope, depth) if self.random.random() < 0.3 else self.attributes(scope, depth)
        choice = self.random.random()
        if choice < 0.25:
            return f"({target} ? {path})"
        return f"({target}.{path}{' or ' + self.expression(scope, depth) if choice < 0.6 else ''})"

    def with_scope(self, scope, depth):
        return f"(with {self.attributes(scope, depth)}; {self.random.choice(NAMES)})"

    def string(self, scope, depth):
        return f'"p${{{self.expression(scope, depth)}}}q${{toString {self.leaf(scope)}}}"'

    def items(self, scope, depth):
        return f"[ {' '.join(self.expression(scope, depth) for _ in range(self.random.randint(0, 4)))} ]"

    def function(self, scope, depth):
        parameter = self.name()
        if self.random.random() < 0.3:
            first, second = self.random.sample(NAMES, 2)
            inner = scope + [first, second]
            more = self.pick("", ", ...")
            return f"({{ {first}, {second} ? {self.expression(scope + [first], depth)}{more} }}: {self.expression(inner, depth)})"
        if self.random.random() < 0.4:
            other = self.name()
            return f"({parameter}: {other}: {self.expression(scope + [parameter, other], depth)})"
        return f"({parameter}: {self.expression(scope + [parameter], depth)})"

    def call(self, scope, depth):
        count = self.random.randint(1, 2)
        arguments = " ".join(self.expression(scope, depth) for _ in range(count))
        return f"({self.function(scope, depth)} {arguments})"

    def loop(self, scope, depth):
        name, n, total = self.name(), self.name(), self.name()
        inner = scope + [n, total]
        step = self.expression(inner, min(depth, 2))
        return (f"(let {name} = {n}: {total}: if {n} {self.pick('== 0', '<= 0', '< 1')} then {total} "
                f"else {name} ({n} - 1) {self.pick(step, f'({total} + {step})', f'({total} + {n})')}; "
                f"in {name} {self.random.randint(0, 12)} {self.expression(scope, depth)})")

    def strict_loop(self, scope, depth):
        """A loop whose rounds evaluate what they pass on, by another closure of the same code now and then; may fail midway."""
        name, n, total, outer = self.name(), self.name(), self.name(), self.name()
        inner = scope + [n, total, outer]
        step = self.expression(inner, min(depth, 2))
        again = self.pick(name, name, f"(make ({outer} + 1))")
        other = self.pick("", f"if {n} == {self.random.randint(0, 12)} then {self.expression(inner, 1)} else ",
                          f"if {self.expression(inner, 1)} then {again} ({n} - 2) {total} else ")
        rounds = self.pick(0, 3, 12, 40)
        return (f"(let make = {outer}: let {name} = {n}: {total}: if {n} <= 0 then {total} else {other}"
                f"{self.pick('', f'builtins.seq {total} ')}({again} ({n} - 1) {self.pick(step, f'({total} + {step})')}); "
                f"in {name}; in make {self.random.randint(0, 3)} {rounds} {self.expression(scope, 1)})")

    def selections(self, scope, depth):
        """One place that selects from sets of several shapes."""
        name, path = self.name(), ".".join(self.random.sample(NAMES[:4], self.random.randint(1, 2)))
        sets = " ".join(self.attributes(scope, min(depth, 2)) for _ in range(self.random.randint(2, 5)))
        found = self.pick(f"{name}.{path} or {self.leaf(scope)}", f"{name}.{path}", f"{name} ? {path}")
        return f"(map ({name}: {found}) [ {sets} ])"

    def fold(self, scope, depth):
        """The same fold three times, at once or delayed, by a function that calls another one, which fails late."""
        callee, argument, total, item, run, n = (self.name() for _ in range(6))
        path = ".".join(self.random.sample(NAMES[:4], self.random.randint(1, 2)))
        inner = self.expression(scope + [argument], min(depth, 2))
        inner = self.pick(inner, f"({argument}.{path} or {inner})", f"({argument}.{path} + {self.leaf(scope)})")
        late = self.pick("", "", f"if {n} == 2 then {self.expression(scope + [total, item, callee], 1)} else ")
        step = self.pick(f"{total} + {callee} {item}", f"{callee} {item} + {callee} {total}", f"({callee} {item})",
                         self.expression(scope + [total, item, callee, n], min(depth, 2)))
        items = " ".join(self.pick(self.attributes(scope + [n], 1), self.expression(scope + [n], 1), str(k)) for k in range(self.random.randint(0, 5)))
        folded = (f"builtins.foldl' ({total}: {item}: {late}{step}) {self.expression(scope + [n], 1)} "
                  f"{self.pick(f'[ {items} ]', f'[ {items} ]', self.expression(scope, 1))}")
        folded = self.pick(folded, f"[ ({folded}) ]", f"[ ({self.leaf(scope + [n])} + {folded}) ({folded}) ]")
        return f"(let {callee} = {argument}: {inner}; {run} = {n}: {folded}; in [ ({run} 0) ({run} 1) ({run} 2) ])"

    def builtin(self, scope, depth):
        e, f = self.expression(scope, depth), self.function(scope, depth)
        xs = self.pick(self.items(scope, depth), f"(builtins.genList {f} {self.random.randint(0, 6)})", e)
        return self.pick(f"(map {f} {xs})", f"(builtins.foldl' {f} {e} {xs})", f"(builtins.length {xs})", f"(builtins.head {xs})",
                         f"(builtins.filter {f} {xs})", f"(builtins.tryEval {e})", f"(builtins.seq {e} {self.leaf(scope)})",
                         f"(builtins.attrNames {e})", f"(builtins.typeOf {e})", f"(builtins.elemAt {xs} 1)",
                         f"(builtins.deepSeq {xs} 1)", f"(builtins.mapAttrs {f} {self.attributes(scope, depth)})",
                         f"(builtins.sort builtins.lessThan {xs})", f"(builtins.toJSON {e})", f"({e} {self.leaf(scope)})")

    FORMS = [binary] * 6 + [conditional] * 3 + [let] * 4 + [loop] * 4 + [strict_loop] * 2 + [selections] + [fold] * 2 + [call] * 4 + [builtin] * 4 + [select] * 3 + \
            [unary, assertion, attributes, attributes, with_scope, with_scope, string, items, function]


# Code of the cache is taken, and gathered, before the first run.
AT_ONCE = ["--option", "code-heat", "0"]


def run(evalctl, path, tier, environment):
    return subprocess.run([evalctl, "eval", "--read-only", "--show-trace", "--option", "eval-cache", "false", "--tier"] + tier
                          + ["--file", path], capture_output=True, timeout=120, check=False, env=environment)


def check(options, seed):
    """Returns None, or what differs."""
    program = Program(seed)
    # Elements are evaluated one after the other until one fails: shorter lists reach further.
    text = f"[ {' '.join(program.expression([], 5) for _ in range(program.random.choice([1, 1, 2, 4])))} ]\n"
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "program.nix")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        environment = os.environ | {"XDG_CACHE_HOME": folder}
        # Some programs nest deeper than this.
        depth = ["--max-call-depth", str(program.random.choice([20, 50, 100000, 100000, 100000]))]
        expected = run(options.evalctl, path, ["interpreter"] + depth, environment)
        if options.cached:
            subprocess.run([options.evalctl, "cache", "warm"] + AT_ONCE + ["--file", path], capture_output=True, check=False,
                           timeout=120, env=environment)
        actual = run(options.evalctl, path, (["auto"] + AT_ONCE if options.cached else ["jit"]) + depth, environment)
    if (expected.returncode, expected.stdout, expected.stderr) == (actual.returncode, actual.stdout, actual.stderr):
        return None
    return (f"seed {seed}\n{text}interpreter {expected.returncode}: {expected.stdout.decode()}{expected.stderr.decode()}\n"
            f"machine code {actual.returncode}: {actual.stdout.decode()}{actual.stderr.decode()}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--evalctl", required=True, type=os.path.abspath)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--cached", action="store_true", help="take machine code from the cache")
    options = parser.parse_args()
    seeds = range(options.seed, options.seed + options.count)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        differences = [d for d in pool.map(lambda seed: check(options, seed), seeds) if d]
    for difference in differences:
        print("FAIL", difference)
    print(f"{len(seeds) - len(differences)} passed, {len(differences)} failed")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
