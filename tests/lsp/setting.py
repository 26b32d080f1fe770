"""A language server with a scratch project, and what runs the tests of one file."""

import argparse
import os
import pathlib
import shutil
import tempfile
import time

from client import Client, server_command

CORPUS = pathlib.Path(__file__).resolve().parent.parent.parent / "corpus"


class Setting:
    """A server with a scratch project."""

    def __init__(self, arguments, files, options=None, environment=None, capabilities=None):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.root = self.folder / "project"
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        base = os.environ | {"NIX_PATH": f"nixpkgs={CORPUS / 'nixpkgs-mini'}", "XDG_CACHE_HOME": str(self.folder / "cache")}
        self.client = Client(server_command(arguments.evalctl), root=self.root, environment=base | (environment or {}),
                             options={"debounceMilliseconds": 1} | (options or {}), capabilities=capabilities)

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if self.client.process.poll() is None:
            self.client.process.kill()
        self.client.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def path(self, name):
        return self.root / name

    def open(self, name):
        self.client.open(self.path(name), self.path(name).read_text())

    def close(self):
        assert self.client.close() == 0, "the server did not end with 0"

    def wait_for(self, name, condition, seconds=60):
        """Waits until the diagnostics of a file are as they should be."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = self.client.diagnostics.get(str(self.path(name)))
            if found is not None and condition(found):
                return found
            self.client.pump(0.1)
        raise AssertionError(f"diagnostics stay {self.client.diagnostics.get(str(self.path(name)))}")


def has(code, words=""):
    return lambda found: any(d["code"] == code and words in d["message"] for d in found)


def wait_until(condition, seconds=30):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


def run_tests(tests, description):
    """Runs the functions `test_*` among `tests`; returns the exit status."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--evalctl", required=True)
    parser.add_argument("--filter", default="")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=1500)
    arguments = parser.parse_args()
    passed = failed = 0
    for name, test in sorted(tests.items()):
        if not name.startswith("test_") or arguments.filter not in name:
            continue
        begin = time.monotonic()
        try:
            test(arguments)
            passed += 1
        except Exception as error:  # a test that fails must not keep the others from running
            failed += 1
            print(f"FAIL {name}: {type(error).__name__}: {error}")
        if arguments.filter:
            print(f"{name}: {time.monotonic() - begin:.1f} s")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0
