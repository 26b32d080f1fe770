"""Attempts to see in pure evaluation what its inputs do not have. Each must fail, and say what is forbidden."""

import os

SECRET = "the-secret-of-this-machine"

# name: (expression, part of the message)
EXPRESSIONS = {
    "absolute path": ("builtins.readFile @ROOT@/secret.txt", "access to absolute path"),
    "absolute path as a string": ('builtins.readFile "@ROOT@/secret.txt"', "access to absolute path"),
    "import": ("import @ROOT@/secret.nix", "access to absolute path"),
    "scopedImport": ("builtins.scopedImport { } @ROOT@/secret.nix", "access to absolute path"),
    "readDir": ("builtins.readDir @ROOT@", "access to absolute path"),
    "readFileType": ("builtins.readFileType @ROOT@/secret.txt", "access to absolute path"),
    "hashFile": ('builtins.hashFile "sha256" @ROOT@/secret.txt', "access to absolute path"),
    "path in a string": ('"${@ROOT@/secret.txt}"', "access to absolute path"),
    "builtins.path": ("builtins.path { path = @ROOT@/secret.txt; }", "access to absolute path"),
    "filterSource": ("builtins.filterSource (p: t: true) @ROOT@/tree", "access to absolute path"),
    "a source of a derivation": ('(derivation { name = "x"; system = "x"; builder = @ROOT@/secret.txt; }).drvPath', "access to absolute path"),
    "toJSON of a path": ("builtins.toJSON @ROOT@/secret.txt", "access to absolute path"),
    "home": ("builtins.readFile ~/.profile", "home"),
    "root": ("builtins.readDir /.", "access to absolute path"),
    "process": ("builtins.readFile /proc/self/environ", "access to absolute path"),
    "getEnv of nothing": ('assert builtins.getEnv "SECRET" == ""; throw "empty as it should be"', "empty as it should be"),
    "currentTime": ("builtins.currentTime", "currentTime"),
    "currentSystem": ("builtins.currentSystem", "currentSystem"),
    "search path": ("<secret>", "pure"),
    "nixPath": ('if builtins.nixPath == [ ] then throw "empty as it should be" else builtins.nixPath', "empty as it should be"),
    "storePath": ("builtins.storePath @STORED@", "pure"),
    "a store path as a path": ("builtins.readFile @STORED@", "access to absolute path"),
    "a store path as a string": ('builtins.readFile "@STORED@"', "access to absolute path"),
    "appendContext": ('builtins.readFile (builtins.appendContext "@STORED@" { "@STORED@".path = true; })', "access to absolute path"),
    "fetchurl": ('builtins.fetchurl "@SERVER@/file.txt"', "requires a 'sha256'"),
    "fetchTarball": ('builtins.fetchTarball "@SERVER@/archive.tar.gz"', "requires a 'sha256'"),
    "fetchGit": ('builtins.fetchGit "@ROOT@/dep"', "unlocked input"),
    "fetchGit of a branch": ('builtins.fetchGit { url = "@ROOT@/dep"; ref = "main"; }', "unlocked input"),
    "fetchTree path": ('builtins.fetchTree { type = "path"; path = "@ROOT@/tree"; }', "lock"),
    "fetchTree tarball": ('builtins.fetchTree { type = "tarball"; url = "@SERVER@/archive.tar.gz"; }', "lock"),
    "fetchTree of a file": ('builtins.fetchTree { type = "file"; url = "file://@ROOT@/secret.txt"; }', "lock"),
    "fetchTree git": ('builtins.fetchTree { type = "git"; url = "file://@ROOT@/dep"; }', "lock"),
    "getFlake": ('builtins.getFlake "path:@ROOT@/leaf"', "lock"),
    "getFlake by a registry": ('builtins.getFlake "leaf"', "lock"),
    "findFile": ('builtins.readFile (builtins.findFile [ { prefix = ""; path = "@ROOT@"; } ] "secret.txt")', "pure evaluation"),
}

# Inside of a flake, from its own tree. EXPRESSION of its flake.nix is replaced.
IN_FLAKES = {
    "dots": ("builtins.readFile ../secret.txt", "access to absolute path"),
    "dots in a string": ('builtins.readFile (toString ./. + "/../../../..@ROOT@/secret.txt")', "access to absolute path"),
    "import of a parent": ("import ../secret.nix", "access to absolute path"),
    "a link to a file": ("builtins.readFile ./link", "access to absolute path"),
    "a link to a folder": ("builtins.readFile ./links/secret.txt", "access to absolute path"),
    "a relative link": ("builtins.readFile ./relative", "access to absolute path"),
    "import of a link": ("import ./nix-link", "access to absolute path"),
    "readDir of a link": ("builtins.readDir ./links", "access to absolute path"),
    "pathExists through a link": ("if builtins.pathExists ./links/secret.txt then builtins.readFile ./links/secret.txt else throw \"access to absolute path\"",
                                  "access to absolute path"),
    "an untracked file": ("builtins.readFile ./untracked.txt", "not tracked"),
    "an ignored file": ("builtins.readFile ./ignored.txt", "not tracked"),
    "the Git folder": ("builtins.readFile ./.git/config", "not tracked"),
    "the store beside": ("builtins.readFile (toString ./.. + \"/@STORED_NAME@\")", "access to absolute path"),
}


def run(world, report):
    world.write("secret.txt", SECRET)
    world.write("secret.nix", f'"{SECRET}"')
    world.environment["SECRET"] = SECRET
    world.environment["NIX_PATH"] = f"secret={world.root}/secret.nix"
    stored = world.run("eval", "--impure", "--raw", "--expr", f'builtins.toFile "stored" "{SECRET}"').stdout

    def fill(text):
        return world.fill(text).replace("@STORED_NAME@", stored.removeprefix("/nix/store/")).replace("@STORED@", stored)

    for name, (expression, message) in EXPRESSIONS.items():
        done = world.run("eval", "--pure-eval", "--json", "--expr", fill(expression))
        refused(report, f"pure: {name}", done, message)
    hooks(world, report)
    folder = make(world)
    text = (folder / "flake.nix").read_text()
    for name, (expression, message) in IN_FLAKES.items():
        world.write("pure/flake.nix", text.replace("EXPRESSION", fill(expression)))
        refused(report, f"pure flake: {name}", world.run("eval", "--json", ".#value", cwd=folder), message)
    inputs(world, report)
    for name in ("SECRET", "NIX_PATH"):
        del world.environment[name]


def refused(report, name, done, message):
    holds = done.returncode == 1 and SECRET not in done.stdout + done.stderr and message in done.stderr
    report.check(name, holds, f"  status {done.returncode}: {done.stdout}{done.stderr}")


def make(world):
    links = {"link": world.root / "secret.txt", "links": world.root, "relative": "../secret.txt", "nix-link": world.root / "secret.nix"}
    (world.root / "pure").mkdir()
    for name, target in links.items():
        os.symlink(target, world.root / "pure" / name)
    world.repository("pure", {"flake.nix": "{ outputs = { self }: { value = EXPRESSION; }; }\n", ".gitignore": "ignored.txt\n"})
    world.write("pure/untracked.txt", SECRET)
    world.write("pure/ignored.txt", SECRET)
    return world.root / "pure"


def inputs(world, report):
    """Inputs that want to be read from outside of the tree."""
    cases = {
        "a relative input outside": ('near.url = "path:../leaf";', "outside of its parent"),
        "a relative input far outside": ('near.url = "path:../../../../../../..@ROOT@/leaf";', "outside of its parent"),
        "a path value outside": ("near.url = ../leaf;", "must be in the same source tree"),
        "a computed address": ('near.url = "path:" + "@ROOT@/leaf";', "expected a string"),
    }
    for name, (text, message) in cases.items():
        folder = f"outside-{len(name)}"
        world.repository(folder, {"flake.nix": "{ inputs = { %s }; outputs = { self, near }: { value = near.name; }; }\n" % world.fill(text)})
        refused(report, f"pure input: {name}", world.run("eval", ".#value", cwd=world.root / folder), message)


def hooks(world, report):
    """Git repositories whose own settings and hooks would run programs."""
    world.repository("hooked", {"flake.nix": "{ outputs = { self }: { value = 1; }; }\n", ".gitattributes": "* filter=evil\n"})
    mark = world.root / "hook-ran"
    for hook in ("post-checkout", "pre-auto-gc", "reference-transaction", "post-index-change", "fsmonitor-watchman"):
        file = world.write(f"hooked/.git/hooks/{hook}", f"#!/bin/sh\ntouch {mark}\n")
        file.chmod(0o755)
    evil = {"core.fsmonitor": f"touch {mark}", "core.sshCommand": f"touch {mark}", "filter.evil.smudge": f"touch {mark}; cat",
            "filter.evil.clean": f"touch {mark}; cat", "uploadpack.packObjectsHook": f"touch {mark}; exec \"$@\""}
    for name, value in evil.items():
        world.git("hooked", "config", name, value)
    mark.unlink(missing_ok=True)
    revision = (world.root / "hooked/.git/refs/heads/main").read_text().strip()
    for reference in (f"git+file://{world.root}/hooked?ref=main", f"git+file://{world.root}/hooked?rev={revision}", f"git+file://{world.root}/hooked"):
        done = world.run("eval", f"{reference}#value")
        report.check(f"git: no program of the repository runs: {world.show(reference)}", done.stdout == "1\n" and not mark.exists(),
                     f"{done.stdout}{done.stderr}mark: {mark.exists()}")
        mark.unlink(missing_ok=True)
