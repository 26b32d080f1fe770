#!/usr/bin/env python3
"""Tests of `evalctl fmt` and of `nixfmt` as a link: everything around the format itself."""

import argparse
import json
import os
import pathlib
import pty
import select
import stat
import subprocess
import tempfile
import unittest

EVALCTL = "evalctl"
UGLY = "{a=1;b=[1 2];}\n"
GOOD = "{\n  a = 1;\n  b = [\n    1\n    2\n  ];\n}\n"
BROKEN = "{ a = 1; b = ; }\n"


def git(folder, *words):
    identity = ["-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", *identity, *words], cwd=folder, capture_output=True, text=True, check=False,
                          env={**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"})
    if done.returncode != 0:
        raise AssertionError(f"git {words}: {done.stderr}")
    return done.stdout


class Case(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.root = pathlib.Path(holder.name).resolve()

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def read(self, name):
        return (self.root / name).read_bytes().decode()

    def fmt(self, *words, text="", status=0, program=None):
        command = program or [EVALCTL, "fmt"]
        done = subprocess.run([*command, *map(str, words)], cwd=self.root, input=text.encode(), capture_output=True,
                              check=False, timeout=120)
        self.assertEqual(done.returncode, status, f"{words}\n{done.stdout}\n{done.stderr}")
        self.out, self.err = done.stdout.decode(), done.stderr.decode()
        return self.out


class Files(Case):
    def test_only_changed_files_are_written(self):
        self.write("ugly.nix", UGLY)
        good = self.write("good.nix", GOOD)
        before = good.stat().st_mtime_ns, good.stat().st_ino
        self.assertEqual(self.fmt("ugly.nix", "good.nix"), "ugly.nix\n")
        self.assertEqual(self.read("ugly.nix"), GOOD)
        self.assertEqual((good.stat().st_mtime_ns, good.stat().st_ino), before)
        self.assertEqual(self.fmt("ugly.nix", "good.nix"), "")

    def test_mode_is_kept(self):
        for mode in (0o755, 0o600, 0o664):
            path = self.write("x.nix", UGLY)
            path.chmod(mode)
            self.fmt("x.nix")
            self.assertEqual(stat.S_IMODE(path.stat().st_mode), mode)
            self.assertEqual(self.read("x.nix"), GOOD)

    def test_links_stay_links(self):
        self.write("real/x.nix", UGLY)
        (self.root / "link.nix").symlink_to("real/x.nix")
        self.fmt("link.nix")
        self.assertTrue((self.root / "link.nix").is_symlink())
        self.assertEqual(self.read("real/x.nix"), GOOD)
        self.assertEqual(os.listdir(self.root / "real"), ["x.nix"])

    def test_links_are_not_followed_in_folders(self):
        outside = self.write("outside/x.nix", UGLY)
        (self.root / "inside").mkdir()
        (self.root / "inside/link.nix").symlink_to(outside)
        (self.root / "inside/loop").symlink_to(self.root / "inside")
        self.fmt("inside")
        self.assertEqual(self.read("outside/x.nix"), UGLY)

    def test_a_failing_file_does_not_stop_the_others(self):
        self.write("a.nix", UGLY)
        self.write("b.nix", BROKEN)
        self.write("z.nix", UGLY)
        self.fmt("a.nix", "missing.nix", "b.nix", "z.nix", status=2)
        self.assertEqual((self.read("a.nix"), self.read("b.nix"), self.read("z.nix")), (GOOD, BROKEN, GOOD))
        self.assertIn("missing.nix", self.err)
        self.assertIn("b.nix:1:14", self.err)
        self.assertIn("P001", self.err)

    def test_odd_contents(self):
        self.write("bom.nix", b"\xef\xbb\xbf" + UGLY.encode())
        self.write("crlf.nix", "{\r\n  a = 1;\r\n\r\n\r\n  b = [1 2];\r\n}\r\n")
        self.write("empty.nix", "")
        self.write("comments.nix", "\n\n# one  \n/* two */\n\n\n")
        self.write("latin1.nix", b'{a="\xe4";}')
        self.fmt(".")
        self.assertEqual(self.read("bom.nix"), GOOD)
        self.assertEqual(self.read("crlf.nix"), GOOD.replace("a = 1;\n", "a = 1;\n\n"))
        self.assertEqual(self.read("empty.nix"), "")
        self.assertEqual(self.read("comments.nix"), "# one\n/* two */\n")
        self.assertEqual((self.root / "latin1.nix").read_bytes(), b'{ a = "\xe4"; }\n')
        self.assertEqual(self.fmt("."), "")

    def test_deep_nesting_is_an_error_and_no_crash(self):
        depth = 1_000_000
        for text in ("(" * depth + "1" + ")" * depth, "[" * depth, "{a=" * depth, "a:" * depth + "1",
                     "-" * depth + "1", "1" + "+1" * depth, '"${' * depth, "f " * depth):
            self.write("deep.nix", text)
            done = subprocess.run([EVALCTL, "fmt", "deep.nix"], cwd=self.root, capture_output=True, check=False, timeout=120)
            self.assertIn(done.returncode, (0, 2), text[:20])
            if done.returncode == 2:
                self.assertEqual(self.read("deep.nix"), text)

    def test_what_would_change_the_program_is_refused(self):
        # On one line the string would have another value: the blank behind the escaped line end counts as indentation.
        text = "''\n  a ''\\n b ''\n"
        self.write("x.nix", text)
        self.fmt("x.nix", status=2)
        self.assertIn("F001", self.err)
        self.assertEqual(self.read("x.nix"), text)

    def test_nothing_named(self):
        self.fmt(status=2)
        self.assertIn("usage", self.err)
        self.fmt("--width", "many", ".", status=2)
        self.fmt("--nonsense", ".", status=2)


class Folders(Case):
    def test_ignored_and_excluded_files(self):
        for name in ("a.nix", "ignored.nix", "sub/b.nix", "sub/kept.nix", "sub/deep/c.nix", "gen/d.nix", "other/e.nix",
                     ".git/f.nix", "sub/plain.txt", "out/g.nix"):
            self.write(name, UGLY)
        self.write(".gitignore", "# comment\nignored.nix\n/out/\n*.tmp.nix\n")
        self.write("sub/.gitignore", "*.nix\n!kept.nix\n")
        self.write("x.tmp.nix", UGLY)
        self.write("evalctl.toml", '[format]\nexclude = ["gen/"]\n')
        self.assertEqual(self.fmt("--exclude", "other/**", ".").split(), ["./a.nix", "./sub/kept.nix"])
        self.assertEqual(self.fmt("--no-ignore", "--no-config", ".").split(),
                         ["./gen/d.nix", "./ignored.nix", "./other/e.nix", "./out/g.nix", "./sub/b.nix", "./sub/deep/c.nix",
                          "./x.tmp.nix"])
        self.assertEqual(self.read(".git/f.nix"), UGLY)
        self.assertEqual(self.read("sub/plain.txt"), UGLY)

    def test_patterns_are_those_of_git(self):
        git(self.root, "init", "-q")
        names = ["a.nix", "x/a.nix", "x/y/a.nix", "x/y/z/a.nix", "b.nix", "x/b.nix", "c1.nix", "c2.nix", "c3.nix", "x/c1.nix",
                 "[q].nix", "sp ace.nix", "x/keep/a.nix", "deep/er/b.nix", "#h.nix", "!n.nix"]
        for name in names:
            self.write(name, UGLY)
        for lines in ("x/**/a.nix", "/b.nix", "**/y", "x/*", "c[12].nix", "c[!1].nix", "\\[q].nix", "sp\\ ace.nix", "x/\n!x/keep/",
                      "x/*\n!x/keep", "**/er/**", "*\n!*/\n!b.nix", "\\#h.nix", "\\!n.nix", "?.nix", "x/**", "y/z", "/x/y/", "*.nix\n!/c*"):
            self.write(".gitignore", lines + "\n")
            expected = git(self.root, "-c", "core.quotepath=off", "ls-files", "-z", "--others", "--exclude-standard")
            wanted = sorted(name for name in expected.split("\0") if name.endswith(".nix"))
            found = sorted(line[2:] for line in self.fmt("--check", ".", status=1 if wanted else 0).splitlines())
            self.assertEqual(found, wanted, lines)

    def test_many_files_in_parallel(self):
        names = [f"d{i % 37}/e{i % 11}/f{i}.nix" for i in range(600)]
        for name in names:
            self.write(name, UGLY)
        self.assertEqual(self.fmt("-j", "4", ".").split(), sorted("./" + name for name in names))
        for name in names:
            self.assertEqual(self.read(name), GOOD)
        self.assertEqual(sum(1 for _ in self.root.rglob("*.tmp")), 0)


class Settings(Case):
    LONG = "{ a = aaaaaaaaaa bbbbbbbbbb cccccccccc dddddddddd eeeeeeeeee ffffffffff; }\n"

    def narrow(self, width):
        return self.fmt("--no-config", "-w", width, "-", text=self.LONG)

    def test_project_file(self):
        self.write("evalctl.toml", "[format]\nwidth = 40\nindent = 4\n")
        self.write("sub/x.nix", self.LONG)
        self.write("y.nix", UGLY)
        self.fmt(".")
        self.assertEqual(self.read("sub/x.nix"), self.fmt("--no-config", "-w40", "-i4", "-", text=self.LONG))
        self.assertEqual(self.read("y.nix"), "{\n    a = 1;\n    b = [\n        1\n        2\n    ];\n}\n")
        self.fmt("-i", "2", "y.nix")
        self.assertEqual(self.read("y.nix"), GOOD)

    def test_nearest_project_file_counts(self):
        self.write("evalctl.toml", "[format]\nwidth = 40\n")
        self.write("sub/evalctl.toml", "[format]\nwidth = 60\n")
        self.write("sub/x.nix", self.LONG)
        self.fmt("sub")
        self.assertEqual(self.read("sub/x.nix"), self.narrow(60))

    def test_wrong_project_file(self):
        self.write("x.nix", UGLY)
        for text, message in (("[format]\nwidht = 3\n", "widht"), ("[format\n", "evalctl.toml"), ("[format]\nwidth = 'a'\n", "width")):
            self.write("evalctl.toml", text)
            self.fmt("x.nix", status=2)
            self.assertIn(message, self.err)
            self.assertEqual(self.read("x.nix"), UGLY)

    def test_editor_config_is_the_fallback(self):
        self.write(".editorconfig", "root = true\n[*]\nmax_line_length = 60\nindent_size = 8\n[*.{nix,other}]\nindent_size = 4\n"
                   "[sub/**.nix]\nmax_line_length = 40\n[off.nix]\nmax_line_length = off\n")
        for name in ("x.nix", "sub/deep/y.nix", "off.nix"):
            self.write(name, self.LONG)
        self.fmt(".")
        expected = lambda *words: self.fmt("--no-config", "-i4", *words, "-", text=self.LONG)
        self.assertEqual(self.read("x.nix"), expected("-w60"))
        self.assertEqual(self.read("sub/deep/y.nix"), expected("-w40"))
        self.assertEqual(self.read("off.nix"), expected())
        self.write("evalctl.toml", "[format]\nwidth = 100\n")
        self.write("x.nix", self.LONG)
        self.fmt("x.nix")
        self.assertEqual(self.read("x.nix"), expected())

    def test_standard_input_has_the_settings_of_its_path(self):
        self.write("evalctl.toml", "[format]\nwidth = 40\n")
        self.assertEqual(self.fmt("--stdin-filepath", "sub/new.nix", text=self.LONG), self.narrow(40))
        self.fmt("--stdin-filepath", "sub/new.nix", "-", text=BROKEN, status=2)
        self.assertIn("sub/new.nix:1:14", self.err)
        self.assertEqual(self.out, "")


class Modes(Case):
    def test_check(self):
        self.write("a.nix", UGLY)
        self.write("b.nix", GOOD)
        self.assertEqual(self.fmt("--check", "a.nix", "b.nix", status=1), "a.nix\n")
        self.assertEqual(self.read("a.nix"), UGLY)
        self.assertEqual(self.fmt("--check", "b.nix"), "")
        self.write("c.nix", BROKEN)
        self.assertEqual(self.fmt("--check", ".", status=2), "./a.nix\n")
        self.assertEqual(self.fmt("--check", "-", text=GOOD), "")
        self.assertEqual(self.fmt("--check", "-", text=UGLY, status=1), "<stdin>\n")
        self.assertEqual(self.fmt("--check", "-q", "a.nix", status=1) + self.err, "")

    def test_diff_can_be_applied(self):
        texts = {"a.nix": UGLY, "b.nix": "{\n" + "".join(f"  a{i} = {i};\n" for i in range(40)) + "  x=1;\n" +
                 "".join(f"  b{i} = {i};\n" for i in range(40)) + "  y=[1 2];\n}", "c.nix": "{\n}", "d.nix": "\n\n1"}
        for name, text in texts.items():
            self.write(name, text)
        patch = self.fmt("--diff", *texts, status=1)
        self.assertEqual(self.read("a.nix"), UGLY)
        self.assertNotIn("\x1b", patch)
        subprocess.run(["patch", "-p0", "-s"], cwd=self.root, input=patch.encode(), check=True)
        self.assertEqual(self.fmt("--check", *texts), "")

    def test_diff_of_odd_names_can_be_applied(self):
        names = ["a b.nix", "new\nline.nix", 'quo"te.nix', "t\tab.nix", "back\\slash.nix", "é.nix"]
        for name in names:
            self.write(name, UGLY)
        patch = self.fmt("--diff", *names, status=1)
        git(self.root, "init", "-q")
        subprocess.run(["git", "apply", "-p0"], cwd=self.root, input=patch.encode(), check=True)
        for name in names:
            self.assertEqual(self.read(name), GOOD, name)

    def test_json_is_utf8(self):
        self.write(os.fsdecode(b"bad\xff.nix"), UGLY)
        self.write("good.nix", b"{a='' \xfe '';}")
        lines = self.fmt("--check", "--json", ".", status=1).splitlines()
        self.assertEqual(sorted(json.loads(line)["file"] for line in lines), ["./bad\ufffd.nix", "./good.nix"])

    def test_binary_file(self):
        self.write("binary.nix", b"\x7fELF\0\1'' {" * 50)
        self.fmt("binary.nix", status=2)
        self.assertEqual(self.err, "error: cannot format 'binary.nix': it is not a text file\n")

    def test_json(self):
        self.write("a.nix", UGLY)
        self.write("b.nix", BROKEN)
        lines = [json.loads(line) for line in self.fmt("--json", "--check", "a.nix", "b.nix", "gone.nix", status=2).splitlines()]
        self.assertEqual([(line["file"], line["status"]) for line in lines],
                         [("a.nix", "unformatted"), ("b.nix", "failed"), ("gone.nix", "failed")])
        self.assertEqual(lines[0]["edits"], [{"begin": {"line": 1, "column": 1}, "end": {"line": 2, "column": 1}, "text": GOOD}])
        self.assertEqual(lines[1]["diagnostics"][0]["code"], "P001")
        self.assertEqual(lines[2]["diagnostics"][0]["severity"], "error")
        self.assertEqual(json.loads(self.fmt("--json", "a.nix"))["status"], "formatted")
        self.assertEqual(self.read("a.nix"), GOOD)

    def test_standard_input_beside_files(self):
        self.write("a.nix", UGLY)
        self.assertIn(GOOD, self.fmt("a.nix", "-", text=UGLY))
        self.assertEqual(self.read("a.nix"), GOOD)

    def test_terminal(self):
        self.write("a.nix", UGLY)
        self.write("b.nix", BROKEN)
        master, slave = pty.openpty()
        process = subprocess.Popen([EVALCTL, "fmt", "--diff", "."], cwd=self.root, stdin=slave, stdout=slave, stderr=slave,
                                   env={k: v for k, v in os.environ.items() if k != "NO_COLOR"})
        os.close(slave)
        shown = b""
        while select.select([master], [], [], 20)[0]:
            try:
                part = os.read(master, 65536)
            except OSError:
                break
            if not part:
                break
            shown += part
        os.close(master)
        self.assertEqual(process.wait(), 2)
        self.assertIn(b"\x1b[32m+  a = 1;", shown)
        self.assertIn(b"1 file to be formatted, 1 file failed, in ", shown)

    def test_range(self):
        text = "{\n  a=1;\n  b=2;\n  c = {\n    d=[1 2];\n    e=3;\n  };\n}\n"
        self.assertEqual(self.fmt("--range", "3:1-3:6", "-", text=text), text.replace("b=2", "b = 2"))
        self.assertEqual(self.fmt("--range", "5:8-6:6", "-", text=text),
                         text.replace("d=[1 2];", "d = [\n      1\n      2\n    ];").replace("e=3", "e = 3"))
        self.assertEqual(self.fmt("--range", "4:6-4:6", "-", text=text),
                         text.replace("d=[1 2];", "d = [\n      1\n      2\n    ];").replace("e=3", "e = 3"))
        self.assertEqual(self.fmt("--range", "1:1-9:9", "-", text=text), self.fmt("-", text=text))
        broken = text.replace("a=1;", "a= ;")
        self.assertEqual(self.fmt("--range", "3:1-3:9", "-", text=broken), broken.replace("b=2", "b = 2"))
        self.write("x.nix", broken)
        self.assertEqual(self.fmt("--range", "1:1-99:1", "x.nix"), "x.nix\n")
        self.assertEqual(self.read("x.nix"), self.fmt("-", text=text).replace("a = 1;", "a= ;"))
        for word in ("3", "0:1-2:2", "1:1-2", "a:b-c:d"):
            self.fmt("--range", word, "-", text=text, status=2)


class Git(Case):
    def setUp(self):
        super().setUp()
        git(self.root, "init", "-q", "-b", "main")
        self.write("kept.nix", GOOD)
        git(self.root, "add", ".")
        git(self.root, "commit", "-qm", "first")

    def staged(self, name):
        return git(self.root, "show", ":" + name)

    def test_staged(self):
        self.write("new.nix", UGLY)
        self.write("sub/mode.nix", UGLY).chmod(0o755)
        self.write("not-staged.nix", UGLY)
        self.write("note.txt", UGLY)
        git(self.root, "add", "new.nix", "sub", "note.txt")
        self.assertEqual(self.fmt("--staged", "--check", status=1).split(), ["new.nix", "sub/mode.nix"])
        self.assertEqual(self.staged("new.nix"), UGLY)
        self.assertEqual(self.fmt("--staged").split(), ["new.nix", "sub/mode.nix"])
        self.assertEqual((self.staged("new.nix"), self.read("new.nix")), (GOOD, GOOD))
        self.assertTrue(git(self.root, "ls-files", "-s", "sub/mode.nix").startswith("100755"))
        self.assertTrue(os.access(self.root / "sub/mode.nix", os.X_OK))
        self.assertEqual(self.read("not-staged.nix"), UGLY)
        self.assertEqual(git(self.root, "diff", "--name-only"), "")

    def test_partly_staged(self):
        self.write("p.nix", "{\n  a=1;\n\n  b = 2;\n\n  c = 3;\n\n  d = 4;\n}\n")
        git(self.root, "add", "p.nix")
        self.write("p.nix", "{\n  a=1;\n\n  b = 2;\n\n  c = 3;\n\n  d=99;\n}\n")
        self.fmt("--staged")
        self.assertEqual(self.staged("p.nix"), "{\n  a = 1;\n\n  b = 2;\n\n  c = 3;\n\n  d = 4;\n}\n")
        self.assertEqual(self.read("p.nix"), "{\n  a = 1;\n\n  b = 2;\n\n  c = 3;\n\n  d=99;\n}\n")

    def test_partly_staged_with_a_conflict(self):
        self.write("p.nix", "{a=1;}\n")
        git(self.root, "add", "p.nix")
        self.write("p.nix", "{a=2;}\n")
        self.fmt("--staged")
        self.assertEqual((self.staged("p.nix"), self.read("p.nix")), ("{ a = 1; }\n", "{a=2;}\n"))
        self.assertIn("p.nix", self.err)

    def test_staged_and_then_removed_or_broken(self):
        self.write("gone.nix", UGLY)
        self.write("broken.nix", BROKEN)
        git(self.root, "add", ".")
        (self.root / "gone.nix").unlink()
        git(self.root, "rm", "-q", "--cached", "kept.nix")
        self.fmt("--staged", status=2)
        self.assertEqual((self.staged("gone.nix"), self.staged("broken.nix")), (GOOD, BROKEN))
        self.assertFalse((self.root / "gone.nix").exists())
        self.assertIn("broken.nix:1:14", self.err)

    def test_as_a_hook(self):
        hook = self.write(".git/hooks/pre-commit", f"#!/bin/sh\nexec {EVALCTL} fmt --staged\n")
        hook.chmod(0o755)
        self.write("new.nix", UGLY)
        git(self.root, "add", "new.nix")
        git(self.root, "commit", "-qm", "second")
        self.assertEqual(git(self.root, "show", "HEAD:new.nix"), GOOD)
        self.assertEqual(git(self.root, "status", "--porcelain"), "")
        self.write("new.nix", BROKEN)
        with self.assertRaises(AssertionError):
            git(self.root, "commit", "-qam", "third")
        self.write("new.nix", "{z=1;}\n")
        self.write("kept.nix", UGLY)
        git(self.root, "commit", "-qm", "fourth", "new.nix")
        self.assertEqual(git(self.root, "show", "HEAD:new.nix"), "{ z = 1; }\n")
        self.assertEqual((self.read("kept.nix"), git(self.root, "show", "HEAD:kept.nix")), (UGLY, GOOD))

    def test_merge_tool(self):
        self.write("m.nix", "{a=1;b=2;z=[1 2];}\n")
        git(self.root, "add", ".")
        git(self.root, "commit", "-qm", "base")
        git(self.root, "checkout", "-qb", "side")
        self.write("m.nix", "{a=1;b=3;z=[1 2];}\n")
        git(self.root, "commit", "-qam", "side")
        git(self.root, "checkout", "-q", "main")
        self.write("m.nix", "{\n  a = 1;\n  b = 2;\n  z = [\n    1\n    2\n    4\n  ];\n}\n")
        git(self.root, "commit", "-qam", "main")
        with self.assertRaises(AssertionError):
            git(self.root, "merge", "-q", "side")
        tool = f"{EVALCTL} fmt --mergetool \"$BASE\" \"$LOCAL\" \"$REMOTE\" \"$MERGED\""
        git(self.root, "-c", "mergetool.evalctl.cmd=" + tool, "-c", "mergetool.evalctl.trustExitCode=true", "mergetool", "-y", "-t", "evalctl")
        self.assertNotIn("<<<<", self.read("m.nix"))
        self.assertIn("b = 3;", self.read("m.nix"))
        self.assertIn("    4\n", self.read("m.nix"))
        self.fmt("--mergetool", "a", "b", "c", status=2)


class Nixfmt(Case):
    def setUp(self):
        super().setUp()
        link = self.root / "bin/nixfmt"
        link.parent.mkdir()
        link.symlink_to(EVALCTL)
        self.program = [str(link)]

    def nixfmt(self, *words, text="", status=0):
        return self.fmt(*words, text=text, status=status, program=self.program)

    def test_files_and_input(self):
        self.write("a.nix", UGLY)
        self.assertEqual(self.nixfmt("a.nix"), "")
        self.assertEqual(self.read("a.nix"), GOOD)
        self.assertEqual(self.nixfmt(text=UGLY), GOOD)
        self.assertEqual(self.nixfmt("-", text=UGLY), GOOD)
        self.nixfmt("-f", "name.nix", text=BROKEN, status=1)
        self.assertIn("name.nix", self.err)

    def test_flags(self):
        self.write("a.nix", UGLY)
        self.nixfmt("-c", "a.nix", status=1)
        self.assertEqual((self.out, self.err), ("", "a.nix: not formatted\n"))
        self.nixfmt("-cq", "a.nix", status=1)
        self.assertEqual((self.out, self.err), ("", ""))
        for words in (["-w40"], ["-w=40"], ["--width=40"], ["-w", "40"], ["--width", "40"]):
            self.assertEqual(self.nixfmt(*words, "-", text=Settings.LONG), self.nixfmt("-w", "40", text=Settings.LONG))
        self.assertEqual(self.nixfmt("--indent=4", "-sv", text="{\na=1;\n\nb=2;}"), "{\n    a = 1;\n\n    b = 2;\n}\n")
        self.assertEqual(self.nixfmt("--numeric-version"), "1.4.0\n")
        self.assertEqual(self.nixfmt("--version"), "nixfmt 1.4.0\n")
        self.assertIn("usage", self.nixfmt("--help"))

    def test_no_settings(self):
        self.write("evalctl.toml", "[format]\nwidth = 40\n")
        self.write(".gitignore", "*.nix\n")
        self.write("a.nix", Settings.LONG)
        self.nixfmt(".")
        self.assertEqual(self.read("a.nix"), Settings.LONG)
        self.write("sub/b.nix", UGLY)
        self.nixfmt("sub")
        self.assertEqual(self.read("sub/b.nix"), GOOD)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--evalctl", required=True)
    arguments, rest = parser.parse_known_args()
    EVALCTL = os.path.abspath(arguments.evalctl)
    unittest.main(argv=["command_test", *rest])
