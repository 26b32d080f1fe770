#!/usr/bin/env python3
"""Fetches closures from a binary cache on the loopback, into a real Nix daemon's store (see machine.py), a folder, or nowhere."""

import functools
import http.server
import os
import pathlib
import re
import shutil
import sys
import threading

import machine

FEATURES = ["--extra-experimental-features", "nix-command fetch-closure ca-derivations"]


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *unused):
        pass


class Tests(machine.Tests):
    def __init__(self, evalctl, folder):
        super().__init__(evalctl, folder)
        self.cache = os.path.join(folder, "cache")
        os.environ["NIX_CONFIG"] += "extra-experimental-features = fetch-closure\n"
        self.program = self.build()
        self.library = pathlib.Path(self.program, "library").read_text().strip()
        self.copied = self.run("nix", "copy", "--to", f"file://{self.cache}?compression=xz", self.program)
        handler = functools.partial(Quiet, directory=self.cache)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def build(self):
        return self.run("nix-build", "--no-out-link", "closures.nix").stdout.strip()

    def expression(self, **more):
        given = {"fromStore": f'"{self.url}"', "fromPath": f'"{self.program}"', **more}
        return "builtins.fetchClosure { " + " ".join(f"{name} = {value};" for name, value in given.items()) + " }"

    def fetch(self, *words, body="p: p", **more):
        return self.run(self.evalctl, "eval", "--raw", "--expr", f"({body}) ({self.expression(**more)})", *FEATURES, *words)

    def theirs(self, body="p: p", **more):
        return self.run("nix", "eval", "--impure", "--raw", "--expr", f"({body}) ({self.expression(**more)})", *FEATURES)

    def forget(self, *paths):
        self.run("nix-store", "--delete", *[path for path in paths if os.path.exists(path)])
        return not any(os.path.exists(path) for path in paths)

    def address(self):
        """The path that the program, which is built again, gets when its contents say it."""
        self.build()
        asked = self.fetch(toPath='""')
        found = re.search(r"yielded '(/nix/store/[^']*)'", asked.stderr)
        self.check("an empty toPath asks for the path", asked.returncode == 1 and found, asked, self.copied)
        return found[1] if found else ""

    def test_rewritten(self):
        path = self.address()
        made = self.run("nix", "store", "make-content-addressed", "--json", self.program)
        self.check("Nix rewrites to the same path", f'"{self.program}":"{path}"' in made.stdout, path, made)
        theirs = self.theirs(toPath='""')
        self.check("and so says its fetchClosure", path in theirs.stderr, theirs)
        paths = self.run("nix-store", "--query", "--requisites", path).stdout.split()
        self.check("the closure was rewritten", len(paths) == 2 and self.library not in paths, paths)
        self.check("it can be forgotten", self.forget(path, *paths))
        fetched = self.fetch(toPath=path)
        self.check("fetched and rewritten", fetched.stdout == path, fetched)
        inside = pathlib.Path(path, "own").read_text() if fetched.returncode == 0 else ""
        self.check("it names itself by its new path", inside == path + "\n", inside)
        verified = self.run("nix-store", "--verify", "--check-contents")
        self.check("Nix finds its store in order", verified.returncode == 0 and "modified" not in verified.stderr, verified)
        other = self.fetch(toPath=path[:-7] + "another")
        self.check("another path is refused", other.returncode == 1 and "was expected" in other.stderr, other)
        self.build()
        mistaken = self.fetch(toPath=self.program)
        self.check("a toPath that is input-addressed", mistaken.returncode == 1 and "can't possibly be the result" in mistaken.stderr, mistaken)

    def test_addressed(self):
        path = self.address()
        self.run("nix", "copy", "--to", f"file://{self.cache}", path)
        self.check("it can be forgotten", self.forget(path))
        fetched = self.fetch(fromPath=f'"{path}"', body="p: builtins.readFile (p + \"/own\")")
        self.check("fetched as it is", fetched.stdout == path + "\n", fetched)
        flag = self.fetch(fromPath=f'"{path}"', inputAddressed="true")
        self.check("not input-addressed", flag.returncode == 1 and "Remove the 'inputAddressed' attribute" in flag.stderr, flag)
        context = self.fetch(fromPath=f'"{path}"', body="p: builtins.toJSON (builtins.getContext p)")
        self.check("its context", context.stdout == '{"' + path + '":{"path":true}}', context)

    def test_input_addressed(self):
        self.build()
        refused = self.fetch()
        self.check("must be said", refused.returncode == 1 and "inputAddressed = true;" in refused.stderr, refused)
        folder = os.path.join(self.folder, "plain")
        self.check("it can be forgotten", self.forget(self.program))
        plain = self.fetch("--store", folder, inputAddressed="true", body="p: builtins.readFile (p + \"/library\")")
        self.check("into a folder", plain.stdout == self.library + "\n" and os.path.isdir(folder + self.program), plain)
        unsigned = self.fetch(inputAddressed="true")
        self.check("a missing signature", unsigned.returncode == 1 and "signature" in unsigned.stderr, unsigned)
        read = self.fetch("--read-only", inputAddressed="true", body="p: builtins.readFile (p + \"/library\")")
        self.check("read only", read.stdout == self.library + "\n" and not os.path.exists(self.program), read)

    def test_damaged(self):
        self.check("it can be forgotten", self.forget(self.program))
        archives = pathlib.Path(self.cache, "nar")
        kept = os.path.join(self.folder, "nar")
        shutil.copytree(archives, kept)
        damages = (("cut short", lambda file: file.write_bytes(file.read_bytes()[:100]), ("unpack", "truncated")),
                   ("other bytes", lambda file: file.write_bytes(b"no archive"), ("hash mismatch",)),
                   ("missing", lambda file: file.unlink(), ("404",)))
        for what, damage, words in damages:
            for file in archives.iterdir():
                damage(file)
            result = self.fetch(inputAddressed="true")
            self.check(what, result.returncode == 1 and any(word in result.stderr for word in words), result)
            shutil.rmtree(archives)
            shutil.copytree(kept, archives)

    def test_requests(self):
        nowhere = "/nix/store/00000000000000000000000000000000-none"
        for more, message in (({"fromStore": '"file:///nowhere"'}, "only supports http:// and https://"),
                              ({"fromStore": f'"{self.url}?trusted=1"'}, "does not support URL query parameters"),
                              ({"fromPath": '"/etc/passwd"'}, "is not in the Nix store"),
                              ({"other": "1"}, "'other' isn't supported"),
                              ({"inputAddressed": "true", "toPath": '""'}, "Please remove one of them"),
                              ({"fromStore": f'"{self.url}/nar"', "fromPath": f'"{nowhere}"'}, "does not appear to be a binary cache"),
                              ({"fromPath": f'"{nowhere}"'}, "does not exist in binary cache")):
            result = self.fetch(**more)
            self.check(message, result.returncode == 1 and message in result.stderr, result)
        missing = self.run(self.evalctl, "eval", "--expr", "builtins.fetchClosure { }", *FEATURES)
        self.check("no path", missing.returncode == 1 and "'fromPath' is missing" in missing.stderr, missing)
        hidden = self.run(self.evalctl, "eval", "--expr", "builtins ? fetchClosure", NIX_CONFIG="")
        self.check("a feature must be asked for", hidden.stdout == "false\n", hidden)


if __name__ == "__main__":
    sys.exit(machine.run_tests(__file__, __doc__, Tests))
