"""A machine of one's own for tests: private namespaces in which an empty folder stands at /nix, with a real Nix daemon.

Needs Debian's nix-bin. A test file has a subclass of Tests and ends with `run_tests(__file__, __doc__, TheClass)`; it is skipped
(exit status 77) where there are no such namespaces. The last line of the output is `N passed, M failed`.
"""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import runner  # noqa: E402 (in the folder above)

HERE = pathlib.Path(__file__).resolve().parent
SKIPPED = 77
FEATURES = ["--extra-experimental-features", "ca-derivations impure-derivations"]
CONFIGURATION = """
sandbox = false
build-users-group =
substituters =
experimental-features = nix-command ca-derivations impure-derivations
"""


def enter_namespace(script, arguments):
    """Runs the script in namespaces of its own; returns its exit status."""
    if not all(shutil.which(tool) for tool in ("unshare", "mount", "nix-daemon", "nix-store", "nix-instantiate")):
        print("skipped: nix-bin or unshare is missing")
        return SKIPPED
    if not pathlib.Path("/nix").is_dir():
        print("skipped: there is no folder /nix to put a store at")
        return SKIPPED
    unshare = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--mount", "--user", "--map-root-user"]
    if subprocess.run(unshare + ["true"], capture_output=True, check=False).returncode != 0:
        print("skipped: no namespaces of one's own here")
        return SKIPPED
    with tempfile.TemporaryDirectory() as folder:
        status = subprocess.run(unshare + [sys.executable, script, "--inside", folder] + arguments, check=False).returncode
        subprocess.run(["chmod", "-R", "u+w", folder], check=False)
    return status


class Daemon:
    """A nix-daemon over an empty store at /nix."""

    def __init__(self, folder):
        self.folder = folder

    def __enter__(self):
        nix = os.path.join(self.folder, "nix")
        os.makedirs(nix + "/store")
        os.makedirs(nix + "/var/nix")
        subprocess.run(["mount", "--bind", nix, "/nix"], check=True)
        for name in [name for name in os.environ if name.startswith("NIX_")]:
            del os.environ[name]
        os.environ.update(NIX_CONFIG=CONFIGURATION, HOME=self.folder, LC_ALL="C.UTF-8")
        self.log = open(os.path.join(self.folder, "daemon.log"), "wb")
        self.process = subprocess.Popen(["nix-daemon"], stderr=self.log, stdout=self.log)
        for _ in range(200):
            if os.path.exists("/nix/var/nix/daemon-socket/socket"):
                return self
            time.sleep(0.05)
        raise RuntimeError("the daemon does not start")

    def __exit__(self, *unused):
        self.process.terminate()
        self.process.wait()
        self.log.close()


class Tests(runner.Runner):
    def __init__(self, evalctl, folder):
        super().__init__()
        self.evalctl, self.folder = evalctl, folder

    def run(self, *words, **environment):
        return subprocess.run([str(word) for word in words], capture_output=True, text=True, cwd=HERE, timeout=120,
                              env=dict(os.environ, **environment), check=False)

    def instantiate(self, file, attribute, *more, **environment):
        return self.run(self.evalctl, "nix-instantiate", file, "-A", attribute, *more, **environment)


def run_tests(script, description, kind):
    """Runs the tests of the class `kind`, in namespaces of their own; returns the exit status."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--evalctl", required=True)
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if not options.inside:
        return enter_namespace(os.path.abspath(script), ["--evalctl", os.path.abspath(options.evalctl)])
    with Daemon(options.inside):
        return kind(options.evalctl, options.inside).run_all()
