#!/usr/bin/env python3
"""Real editors against the language server: `editors.py neovim|emacs|vscode --evalctl PROGRAM --build DIRECTORY`.

A copy of corpus/fleet is opened in the editor as a user would, with the configuration of editors/. Of VS Code only the
extension is at hand: it is built with npm, run in Node with a stand-in for the editor, and packaged as
DIRECTORY/vscode/evalctl.vsix. Where the editor is not installed, the test says so and ends with 77, which ctest shows as
skipped. The last line of a run of an editor is `N passed, M failed`.
"""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
HERE = pathlib.Path(__file__).resolve().parent
SKIPPED = 77
SECONDS = 500


def copy_corpus(directory):
    """The fleet and the package set beside it."""
    for name in ("fleet", "nixpkgs-mini"):
        shutil.copytree(ROOT / "corpus" / name, directory / name)
    return directory / "fleet"


def neovim(arguments, fleet):
    command = ["nvim", "--headless", "--clean", "-c", f"luafile {HERE / 'neovim.lua'}"]
    return command, {"PLUGIN": ROOT / "editors" / "neovim", "PARSERS": arguments.build}


def emacs(arguments, fleet):
    return ["emacs", "--batch", "--no-site-file", "-l", str(HERE / "emacs.el")], {"EDITORS": ROOT / "editors"}


def run_npm(directory, *words, environment=None):
    print("$ npm", *words, flush=True)
    return subprocess.run(["npm", *words], cwd=directory, env=os.environ | (environment or {}), stdin=subprocess.DEVNULL).returncode


def registry_answers(directory):
    """What is in npm's cache or reachable is enough; neither is no fault of the extension."""
    return subprocess.run(["npm", "ping"], cwd=directory, capture_output=True, stdin=subprocess.DEVNULL).returncode == 0


def vscode(arguments):
    """Builds, tests and packages the extension in the build directory, where its packages stay installed."""
    if not shutil.which("npm"):
        print("SKIPPED: npm is not installed; .ci/install installs it")
        return SKIPPED
    source, directory = ROOT / "editors" / "vscode", arguments.build / "vscode"
    lock = directory / "package-lock.json"
    installed = lock.exists() and (directory / "node_modules").exists() and lock.read_bytes() == (source / lock.name).read_bytes()
    shutil.copytree(source, directory, dirs_exist_ok=True, ignore=shutil.ignore_patterns("node_modules", "dist", "dist-test"))
    if not installed and not registry_answers(directory):
        lock.unlink()
        print("SKIPPED: npm's registry cannot be reached, and the packages of the extension are not installed")
        return SKIPPED
    if not installed and run_npm(directory, "ci", "--no-audit", "--no-fund") != 0:
        lock.unlink()
        return 1
    environment = {"EVALCTL": str(arguments.evalctl.resolve()), "CORPUS": str(ROOT / "corpus")}
    if run_npm(directory, "test", environment=environment) != 0:
        return 1
    package = directory / "evalctl.vsix"
    if package.exists() and all(file.stat().st_mtime < package.stat().st_mtime for file in source.rglob("*") if file.is_file()):
        return 0
    if not registry_answers(directory):
        print("The package is not made: npm's registry, which has the packager, cannot be reached")
        return 0
    return run_npm(directory, "run", "package")


EDITORS = {"neovim": ("nvim", neovim), "emacs": ("emacs", emacs)}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("editor", choices=[*EDITORS, "vscode"])
    parser.add_argument("--evalctl", type=pathlib.Path, required=True)
    parser.add_argument("--build", type=pathlib.Path, required=True, help="where parser/nix.so is")
    arguments = parser.parse_args()
    if arguments.editor == "vscode":
        return vscode(arguments)
    program, prepare = EDITORS[arguments.editor]
    if not shutil.which(program):
        print(f"SKIPPED: {program} is not installed; .ci/install installs it")
        return SKIPPED
    with tempfile.TemporaryDirectory() as temporary:
        directory = pathlib.Path(temporary).resolve()
        fleet = copy_corpus(directory)
        command, environment = prepare(arguments, fleet)
        environment |= {"EVALCTL": arguments.evalctl.resolve(), "FLEET": fleet, "HOME": directory,
                        "XDG_STATE_HOME": directory / "state", "XDG_CACHE_HOME": directory / "cache"}
        strings = {name: str(value) for name, value in environment.items()}
        return subprocess.run(command, env=os.environ | strings, timeout=SECONDS, stdin=subprocess.DEVNULL).returncode


sys.exit(main())
