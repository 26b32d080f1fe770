#!/usr/bin/env python3
"""The command line where its surroundings are not as usual: streams that are closed or full, a working folder that is gone, no
HOME, names that are no UTF-8, options that are wrong, signals. What commands evaluate is tested elsewhere."""
import argparse
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import xml.etree.ElementTree

EVALCTL = ""
PACKAGES = """rec {
  a = derivation { name = "a"; system = "x86_64-linux"; builder = "b"; };
  b = derivation { name = "b"; system = "x86_64-linux"; builder = "b"; input = a; };
}
"""
# Each prints something.
PRINTING = ["help", "--version", "eval --help", "fmt --help", "nixfmt --version", "explain E021", "explain --catalogue", "cache info",
            "eval -E [1]", "eval --json -E {}", "eval --raw -E \"x\"", "eval --xml -E 1", "nix-instantiate --eval -E 1",
            "nix-instantiate --parse x.nix", "nix eval --expr 1", "graph -f x.nix", "derivation show -f x.nix", "diff -f x.nix a b",
            "why -f x.nix b a", "jobs -f x.nix", "nix-eval-jobs x.nix", "dump tokens x.nix", "dump ir x.nix",
            "flake metadata path:./flake", "flake show path:./flake"]
# Those whose status is 2 where something failed, and 1 where something was found.
FORMATTING = ["fmt --check x.nix", "fmt --diff x.nix", "fmt --check --json x.nix"]


class Case(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.root = pathlib.Path(holder.name).resolve()
        self.environment = {**os.environ, "HOME": str(self.root / "home"), "XDG_CACHE_HOME": str(self.root / "cache"), "NIX_PATH": ""}
        (self.root / "x.nix").write_text(PACKAGES)
        (self.root / "flake").mkdir()
        (self.root / "flake" / "flake.nix").write_text("{ outputs = _: { x = 1; }; }\n")

    def run_with(self, words, **streams):
        words = words.split() if isinstance(words, str) else words
        streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "cwd": self.root, **streams}
        return subprocess.run([EVALCTL, *words], env=self.environment, timeout=120, check=False, **streams)

    def refused(self, words, message, status=2):
        done = self.run_with(words)
        self.assertEqual(done.returncode, status, (words, done.stderr))
        self.assertIn(message, done.stderr.decode(), words)


class Streams(Case):
    def test_output_that_takes_nothing(self):
        for words in PRINTING + FORMATTING:
            with open("/dev/full", "wb") as full:
                done = self.run_with(words, stdout=full)
            self.assertEqual(done.returncode, 2 if words in FORMATTING else 1, words)
            self.assertIn(b"cannot write to standard output: No space left", done.stderr, words)

    def test_closed_output(self):
        for words in PRINTING + FORMATTING:
            done = self.run_with(words, stdout=None, preexec_fn=lambda: os.close(1))
            self.assertEqual(done.returncode, 2 if words in FORMATTING else 1, words)
            self.assertIn(b"cannot write to standard output: Bad file descriptor", done.stderr, words)

    def test_closed_or_full_errors(self):
        expected = {"frobnicate": 2, "eval --nonsense": 2, "eval -E 1+": 1, 'eval -E throw"x"': 1, 'eval -E builtins.trace"x"1': 0,
                    "eval -f missing.nix": 1, "fmt missing.nix": 2, "nix-instantiate --eval -E 1+": 1}
        for words, status in expected.items():
            self.assertEqual(self.run_with(words, stderr=None, preexec_fn=lambda: os.close(2)).returncode, status, words)
            with open("/dev/full", "wb") as full:
                self.assertEqual(self.run_with(words, stderr=full).returncode, status, words)

    def test_closed_input(self):
        self.assertEqual(self.run_with("eval -E 1", preexec_fn=lambda: os.close(0)).stdout, b"1\n")
        self.assertEqual(self.run_with("eval -f -", preexec_fn=lambda: os.close(0)).returncode, 1)

    def test_everything_closed(self):
        done = self.run_with("eval -f x.nix a", stdout=None, stderr=None, preexec_fn=lambda: [os.close(n) for n in range(3)])
        self.assertEqual(done.returncode, 1)

    def test_reader_that_leaves(self):
        text = "builtins.genList (x: x) 100000"
        for ignored in (False, True):
            child = subprocess.Popen([EVALCTL, "eval", "--strict", "-E", text], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                     env=self.environment, restore_signals=not ignored)
            child.stdout.read(10)
            child.stdout.close()
            errors = child.stderr.read()
            child.stderr.close()
            self.assertEqual(child.wait(), 1 if ignored else -13, errors)
            self.assertEqual(b"Broken pipe" in errors, ignored)


class Surroundings(Case):
    def test_working_folder_that_is_gone(self):
        def leave():
            os.mkdir(self.root / "gone")
            os.chdir(self.root / "gone")
            os.rmdir(self.root / "gone")

        for words in ("eval -E 1", "flake init", "jobs -E {}", "nix-instantiate --eval -E ./.", "nix eval --expr 1"):
            done = self.run_with(words, cwd=None, preexec_fn=leave)
            self.assertEqual((done.returncode, done.stdout), (1, b""), words)
            self.assertIn(b"cannot find the working folder", done.stderr, words)
        self.assertEqual(self.run_with(["fmt", "--check", str(self.root / "x.nix")], cwd=None, preexec_fn=leave).returncode, 1)
        self.assertEqual(self.run_with("explain E021", cwd=None, preexec_fn=leave).returncode, 0)

    def test_no_home(self):
        for name in ("HOME", "XDG_CACHE_HOME"):
            del self.environment[name]
        info = self.run_with("cache info").stdout.decode()
        # Where anybody may write there could be anything.
        self.assertNotIn(" /tmp", info)
        self.assertEqual(self.run_with("eval -E 1").stdout, b"1\n")

    def test_homes_that_hold_nothing(self):
        for home in ("", "relative", "/nonexistent", "/dev/null", "/proc/1"):
            for name in ("HOME", "XDG_CACHE_HOME"):
                self.environment = {key: text for key, text in self.environment.items() if key != "XDG_CACHE_HOME"}
                self.environment[name] = home
                done = self.run_with("eval -f x.nix --json a")
                self.assertEqual((done.returncode, done.stderr), (0, b""), (name, home))
        self.assertFalse((self.root / "relative").exists())

    def test_names_that_are_no_utf8(self):
        folder = os.fsencode(self.root) + b"/od\xffd"
        os.mkdir(folder)
        name = folder + b"/n\xe9.nix"
        pathlib.Path(os.fsdecode(name)).write_text('{ a = throw "x"; }\n')
        pathlib.Path(os.fsdecode(folder + b"/flake.nix")).write_text("{outputs = _: { x = 1; }; }\n")
        for words in (["eval", "--log-format", "json", "-f", name, "a"], ["eval", "--log-format", "sarif", "-f", name, "a"]):
            json.loads(self.run_with(words).stderr.decode())
        for words in (["fmt", "--check", "--json", folder], ["jobs", "-f", name], ["flake", "metadata", "--json"], ["flake", "show", "--json"]):
            done = self.run_with(words, cwd=folder)
            self.assertIn(done.returncode, (0, 1), (words, done.stderr))
            for line in done.stdout.decode().splitlines():
                json.loads(line)
        profile, report = self.root / "profile", self.root / "report.xml"
        self.run_with(["eval", "--profile", f"{profile}.json", "-f", name])
        json.loads(pathlib.Path(f"{profile}.json").read_text())
        self.run_with(["eval", "--profile", f"{profile}.svg", "-f", name])
        xml.etree.ElementTree.parse(f"{profile}.svg")
        self.run_with(["jobs", "--junit", str(report), "-f", name])
        xml.etree.ElementTree.parse(report)


class Interrupted(Case):
    def test_formatting_leaves_whole_files(self):
        ugly = "{" + "a = [ 1 2 (f x) ];" * 400 + "}\n"
        folder = self.root / "many"
        folder.mkdir()
        for number in range(6):
            for name in range(300):
                (folder / f"{name}.nix").write_text(ugly)
            child = subprocess.Popen([EVALCTL, "fmt", "-q", "--jobs", "2", "."], cwd=folder, env=self.environment)
            time.sleep(0.02 * number)
            child.send_signal(signal.SIGINT if number % 2 else signal.SIGTERM)
            self.assertIn(child.wait(), (0, -signal.SIGINT, -signal.SIGTERM))
            self.assertEqual([path.name for path in folder.iterdir() if path.suffix != ".nix"], [])
            texts = {path.read_text() for path in folder.iterdir()}
            self.assertLessEqual(len(texts), 2)

    def test_watching_ends_with_who_started_it(self):
        child = subprocess.Popen([EVALCTL, "eval", "--watch", "-f", "x.nix", "a"], stdout=subprocess.PIPE, cwd=self.root, env=self.environment)
        self.assertNotEqual(child.stdout.readline(), b"")
        child.terminate()
        child.wait()
        # The end comes when nobody holds the pipe any more.
        self.assertEqual(child.stdout.read(), b"")
        child.stdout.close()


class Words(Case):
    def test_help(self):
        for words in ("help", "--help", "-h"):
            self.assertTrue(self.run_with(words).stdout.startswith(b"usage: evalctl COMMAND"), words)
        for command in ("eval", "flake", "flake lock", "fmt", "explain", "nix-instantiate", "jobs", "cache", "lsp", "dump"):
            texts = {self.run_with(words).stdout for words in (f"help {command}", f"{command} --help", f"{command} -h")}
            self.assertEqual(len(texts), 1, command)
            text = texts.pop().decode()
            self.assertTrue(text.startswith("usage: "), command)
            options = [line for line in text.splitlines() if line.startswith("  -")]
            self.assertEqual(len(options), len(set(options)), command)

    def test_unknown_words(self):
        self.refused("evl", "did you mean 'eval'?")
        self.refused("frobnicate", "usage: evalctl COMMAND")
        self.refused("help frobnicate", "'frobnicate' is no command")
        self.refused("eval --exrp 1", "did you mean '--expr'?")
        self.refused("lsp --nonsense", "unrecognised option '--nonsense'")
        self.refused("cache info more", "nothing that 'more' could mean")
        self.refused("cache", "usage: evalctl cache")
        self.refused("eval -E 1 --log-format colourful", "'colourful' is no format")
        self.refused("eval -E 1 -f x.nix", "'--file' and '--expr' are exclusive")
        self.refused("eval -f x.nix ab", "attribute 'ab' in selection path 'ab' not found", 1)
        self.refused("eval -E {alpha=1;} alpa", "did you mean `alpha`?", 1)
        self.refused(["eval", "-I", "nixpkgs=/tmp", "-E", "<nixpgs>"], "did you mean `<nixpkgs>`?", 1)
        self.refused("eval", "`evalctl flake init`", 1)
        self.refused(["eval", "--pure-eval", "-E", "<nixpkgs>"], "make it an input of the flake", 1)
        self.refused(["eval", "--pure-eval", "-E", 'builtins.fetchTarball "http://127.0.0.1:1/a"'], "sha256 = …;", 1)
        self.assertEqual(self.run_with("explain e021").stdout, self.run_with("explain E021").stdout)

    def test_misuse_under_the_names_of_nix(self):
        for words in ("nix-instantiate --nonsense", "nix-build --nonsense", "nix-eval-jobs --nonsense", "nix eval --nonsense",
                      "nix-instantiate --max-call-depth many --eval -E 1"):
            self.assertEqual(self.run_with(words).returncode, 1, words)

    def test_values_of_settings(self):
        self.refused("eval -E 1 --max-call-depth many", "setting 'max-call-depth' has invalid value 'many'")
        self.refused("eval -E 1 --lint-url-literals loud", "setting 'lint-url-literals' has invalid value 'loud'")
        self.refused("eval -E 1 --max-heap 12q", "'12q' is no amount of memory")
        # As Nix, which only warns of those behind --option.
        done = self.run_with("eval -E 1 --option pure-eval maybe")
        self.assertEqual((done.returncode, done.stdout), (0, b"1\n"))
        self.assertIn(b"warning: error: Boolean setting 'pure-eval' has invalid value 'maybe'", done.stderr)
        self.environment["NIX_CONFIG"] = "pure-eval = maybe"
        self.refused("eval -E 1", "Boolean setting 'pure-eval' has invalid value 'maybe'")

    def test_files_that_cannot_be_written(self):
        self.refused("eval -E 1 --profile missing/x.json", "cannot write 'missing/x.json': No such file", 1)
        self.refused("graph -f x.nix -o missing/x.json", "cannot write 'missing/x.json': No such file", 1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--evalctl", required=True)
    arguments, rest = parser.parse_known_args()
    EVALCTL = str(pathlib.Path(arguments.evalctl).resolve())
    unittest.main(argv=[sys.argv[0], *rest])
