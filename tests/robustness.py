#!/usr/bin/env python3
"""Input that no one would write on purpose: a clear error or an answer, never a crash, never without end.

  robustness.py [--evalctl FILE] [--scale N] [--filter TEXT] [--sanitized]

Each input is given to `nix-instantiate --parse`, `nix-instantiate --eval`, `dump tree`, `dump scopes` and `fmt`. All of
them must end with exit code 0 or 1 (`fmt`: 2) within the time limit, 1 with a message on standard error that names the file, or
says that something is too deep or too large. --scale N makes the large inputs N times smaller. --sanitized leaves out what
limits the address space, which sanitizers need.
"""

import argparse
import concurrent.futures
import os
import pathlib
import resource
import signal
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
TIMEOUT_SECONDS = 300
COMMANDS = [["nix-instantiate", "--parse"], ["nix-instantiate", "--eval"], ["dump", "tree"], ["dump", "scopes"], ["fmt"]]


def inputs(many, large):
    """Name -> bytes. `many`: how often what can be repeated is repeated; `large`: the size of a large file."""
    formals = ",".join(f"a{i}" for i in range(many // 10))
    texts = {
        "parentheses": "(" * many + "1" + ")" * many, "open-parentheses": "(" * many,
        "lists": "[" * many + "]" * many, "open-lists": "[" * many,
        "sets": "{a=" * many + "1" + ";}" * many, "open-sets": "{a=" * many,
        "interpolations": '"${' * many + '"a"' + '}"' * many, "open-interpolations": '"${' * many,
        "indented-interpolations": "''${" * many + '"a"' + "}''" * many,
        "path-interpolations": "./a${" * many + '"a"' + "}" * many,
        "sums": "1" + "+1" * many, "updates": "{}" + "//{}" * many, "concatenations": "[]" + "++[]" * many,
        "implications": "true" + " -> true" * many, "negations": "!" * many + "true", "minus-signs": "-" * many + "1",
        "lets": "let a=1; in " * many + "a", "old-lets": "let {body=" * many + "1" + ";}" * many, "withs": "with {}; " * many + "1",
        "asserts": "assert true; " * many + "1", "ifs": "if true then " * many + "1" + " else 1" * many,
        "else-ifs": "if false then 1 else " * many + "1", "functions": "a: " * many + "1", "patterns": "{a?1}: " * many + "1",
        "nested-defaults": "{a?" * many + "1" + "}: a" * many, "calls": "(x: x) " + "1 " * many, "selections": "{}" + ".a" * many,
        "attribute-path": "{a" + ".a" * many + "=1;}", "alternatives": "{}.a or " * many + "1", "questions": "{}" + " ? a" * many,
        "strings": "[" + '"a" ' * many + "]", "inherits": "{ inherit" + " a" * many + ";}", "formals": "{" + formals + "}: 1",
        "duplicates": "{" + "a=1;" * many + "}", "quotes": "''" * many, "dollars": '"' + "$" * many + '"',
        "escapes": "''" + "${''" * many, "brackets": "([{" * many, "closers": ")]}" * many, "semicolons": ";" * many,
        "digits": "9" * many, "fraction": "1" + "0" * many + ".5", "exponent": "1.0e" + "9" * many, "minus-huge": "-9223372036854775808",
        "name": "a" * large, "string": '"' + "a" * large + '"', "comment": "/*" + "a" * large + "*/ 1", "blanks": " " * large,
        "lines": "\n" * large, "empty": "", "byte-order-mark": "\ufeff1", "carriage-returns": "\r" * many + "1",
        "list-of-names": "[" + "a " * many + "]",
    }
    result = {name: text.encode() for name, text in texts.items()}
    result.update({
        "zeros": bytes(large), "nul": b"{ a = 1;\0 }", "nul-in-string": b'"a\0b"', "nul-in-comment": b"/* \0 */ 1",
        "invalid-utf8": b'"\xff\xfe\x80" + \xc3\x28', "invalid-utf8-name": b"{ \xff = 1; }", "high-bytes": b"\xff" * large,
        "noise": bytes((i * i * 7919 >> 5) & 255 for i in range(many)), "text-in-16-bits": "{ a = 1; }".encode("utf-16"),
        "unclosed-string": b'{ a = "' + b"x;\n" * (many // 10), "unclosed-comment": b"/*" + b"x;\n" * (many // 10),
        "program": b"\x7fELF\x02\x01\x01" + bytes(range(256)) * 100,
    })
    return result


def truncations(source):
    """The beginnings of a real file, about forty of them."""
    step = max(1, len(source) // 40)
    return {f"truncated-{end}": source[:end] for end in range(0, len(source), step)}


class Runner:
    def __init__(self, evalctl, folder):
        self.evalctl, self.folder, self.problems, self.runs = evalctl, folder, [], 0

    def run(self, name, arguments, expected=(0, 1), says=None, limit=None, stdin=None):
        """Runs evalctl and notes what is wrong with how it ends."""
        self.runs += 1
        if arguments[0] == "fmt":
            expected = (*expected, 2)  # 1: not formatted
        before = (lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit))) if limit else None
        label = f"{name}: evalctl {' '.join(arguments)}"
        try:
            result = subprocess.run([self.evalctl] + arguments, cwd=self.folder, input=stdin or b"", capture_output=True,
                                    timeout=TIMEOUT_SECONDS, preexec_fn=before, check=False)
        except subprocess.TimeoutExpired:
            self.problems.append(f"{label}: no end after {TIMEOUT_SECONDS} s")
            return
        errors = result.stderr.decode("utf-8", "replace")
        if result.returncode < 0:
            self.problems.append(f"{label}: killed by {signal.Signals(-result.returncode).name} {errors[-300:]}")
        elif result.returncode not in expected:
            self.problems.append(f"{label}: exit code {result.returncode}: {errors[-300:]}")
        elif result.returncode == 1 and not errors.strip():
            self.problems.append(f"{label}: fails without a message")
        elif says and says not in errors:
            self.problems.append(f"{label}: does not say '{says}': {errors[-300:]}")

    def run_all(self, name, text):
        path = pathlib.Path(self.folder) / f"{name}.nix"
        path.write_bytes(text)
        for command in COMMANDS:
            self.run(name, command + [path.name])
        path.unlink()


def check_files(runner):
    """Things that are no readable files."""
    folder = pathlib.Path(runner.folder)
    (folder / "empty-folder").mkdir()
    (folder / "loop").symlink_to("loop")
    (folder / "one").symlink_to("two")
    (folder / "two").symlink_to("one")
    (folder / "nowhere").symlink_to("not-there")
    (folder / "unreadable.nix").write_text("1")
    (folder / "unreadable.nix").chmod(0)
    names = ["missing.nix", "empty-folder", "loop", "one", "nowhere", "/dev/null", "/proc/self/mem", "a" * 300, "a/" * 3000 + "x",
             "missing.nix/x"]
    if os.geteuid() != 0:
        names.append("unreadable.nix")
    for name in names:
        for command in COMMANDS:
            runner.run("file", command + [name], expected=(0, 1) if command == ["fmt"] and name in ("/dev/null", "empty-folder") else (1, 2))
        runner.run("file", ["eval", "--expr", f'builtins.readFile (/. + "/{name}")'], expected=(0, 1))
        runner.run("file", ["eval", "--expr", f'import ./. + "/{name}"'], expected=(1,))


def check_pipes(runner):
    """A pipe is read to its end; without a writer it must not be waited for by what only looks."""
    os.mkfifo(pathlib.Path(runner.folder) / "pipe")
    runner.run("pipe", ["eval", "--expr", 'builtins.pathExists ./pipe'], expected=(0,))
    runner.run("pipe", ["eval", "--expr", '(builtins.readDir ./.).pipe'], expected=(0,))
    runner.run("pipe", ["eval", "--expr", '"${./pipe}"'], expected=(1,))
    runner.run("pipe", ["nix-instantiate", "--eval", "-"], expected=(0,), stdin=b"1 + 1")
    runner.run("pipe", ["nix-instantiate", "--parse", "-"], expected=(1,), stdin=b"1 +")


def check_memory(runner, sanitized):
    """Memory that ends: by --max-heap, and by a small address space."""
    hungry = ["let f = n: [ n ] ++ f (n + 1); in f 0", 'let f = s: f (s + s); in f "abc"', "builtins.length (builtins.genList (x: x) 100000000000)",
              "builtins.foldl' (a: x: [ a x ]) [ ] (builtins.genList (x: x) 5000000)", "let f = x: { a = f x; }; in builtins.deepSeq (f 1) 1",
              'builtins.concatStringsSep "" (builtins.genList (x: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa") 5000000)']
    for text in hungry:
        runner.run("memory", ["eval", "--max-heap", "32M", "--expr", text], expected=(1,))
        if not sanitized:
            runner.run("memory", ["eval", "--expr", text], expected=(1,), limit=320 << 20)
    check_large_objects(runner, sanitized)
    if not sanitized:
        for limit in (64 << 20, 128 << 20, 256 << 20):
            runner.run("small address space", ["eval", "--expr", "builtins.length (builtins.genList (x: x) 10)"], limit=limit)


def check_large_objects(runner, sanitized):
    """One object that is too large is an error where it is asked for: by --max-heap, and by what the machine has."""
    doubled = ["l ++ l", "l + l", '"${l}${l}"', "builtins.concatLists [ l l ]", "builtins.concatMap (x: [ x x ]) l", "builtins.concatStringsSep l [ l l l ]",
               'builtins.replaceStrings [ "a" ] [ l ] l', 'l + "/${toString l}"', "builtins.filter (x: true) (l ++ l)", "map (x: x) (l ++ l)",
               "builtins.genList (x: x) (2 * builtins.length l)", "builtins.tail (l ++ l)", "builtins.sort (a: b: false) (l ++ l)"]
    # Without operator new of its own the program does not see what a text that is being made takes.
    grown = [] if sanitized else ["builtins.toJSON", "builtins.toXML", "toString"]
    start = {"l + l": '"aa"', '"${l}${l}"': '"aa"', 'l + "/${toString l}"': "/aa"}
    for step in doubled:
        first = start.get(step, '"aa"' if "Strings" in step else "[ 1 2 3 ]")
        text = f"let f = n: l: if n == 0 then l else f (n - 1) ({step}); in builtins.typeOf (f 40 {first})"
        runner.run("large object", ["eval", "--max-heap", "24M", "--expr", text], expected=(1,), says="--max-heap")
    for builtin in grown:
        text = f"let f = n: l: if n == 0 then {builtin} l else f (n - 1) [ l l ]; in builtins.stringLength (f 40 [ 1 ])"
        runner.run("large object", ["eval", "--max-heap", "24M", "--expr", text], expected=(1,), says="--max-heap")
    # What is printed, and kept as an answer, is no value.
    text = "map (x: x) (builtins.genList (x: x) 1000000)"
    runner.run("large object", ["eval", "--max-heap", "9M", "--strict", "--option", "eval-cache", "always", "--expr", text], expected=(0,))
    if sanitized:
        return
    large = pathlib.Path(runner.folder) / "large"
    with large.open("wb") as file:
        file.truncate(1 << 43)
    for text in (f"builtins.readFile {large}", f"import {large}", f"builtins.fromJSON (builtins.readFile {large})"):
        runner.run("large object", ["nix-instantiate", "--eval", "-E", text], expected=(1,), says="«string»:1:")
    large.unlink()


def check_numbers(runner):
    for text in ["9223372036854775808", "-9223372036854775807 - 2", "9223372036854775807 + 1", "9223372036854775807 * 2", "1.0e400", "1 / 0",
                 "1.0 / 0", "builtins.div (-9223372036854775807 - 1) (-1)", "builtins.genList (x: x) (-1)", "builtins.substring (-1) 1 \"a\"",
                 "builtins.elemAt [ ] 9223372036854775807", "builtins.bitAnd 1 1.5", "builtins.fromJSON \"9223372036854775808\"",
                 "builtins.fromJSON \"1e999\"", "builtins.fromTOML \"a = 9223372036854775808\"", "builtins.ceil 1.0e300"]:
        runner.run("number", ["eval", "--expr", text])


def check_patterns(runner, whole):
    """Regular expressions whose matching takes twice as long for each further letter."""
    calls = [f'builtins.{what} "(a|aa)+b" "{"a" * 60}"' for what in (("match", "split") if whole else ("split",))]
    for text in calls:
        runner.run("pattern", ["eval", "--expr", text], expected=(1,), says="too many steps")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--evalctl", default=str(ROOT / "build/release/evalctl"))
    parser.add_argument("--scale", type=int, default=1)
    parser.add_argument("--filter", default="")
    parser.add_argument("--sanitized", action="store_true")
    options = parser.parse_args()
    texts = inputs(10**6 // options.scale, 10**8 // options.scale)
    texts.update(truncations((ROOT / "corpus/nixpkgs-mini/lib/types.nix").read_bytes()))
    chosen = {name: text for name, text in texts.items() if options.filter in name}
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(2) as pool:
        runner = Runner(os.path.abspath(options.evalctl), folder)
        list(pool.map(lambda item: runner.run_all(*item), chosen.items()))
        if not options.filter:
            check_files(runner)
            check_pipes(runner)
            check_numbers(runner)
            check_memory(runner, options.sanitized)
            if not options.sanitized:
                check_patterns(runner, options.scale == 1)
        (pathlib.Path(folder) / "unreadable.nix").unlink(missing_ok=True)
    for problem in runner.problems:
        print(f"FAIL {problem}")
    print(f"{runner.runs} runs, {len(runner.problems)} problems")
    return 1 if runner.problems else 0


if __name__ == "__main__":
    sys.exit(main())
