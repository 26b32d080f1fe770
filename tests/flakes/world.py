"""What the flake tests work on: Git repositories, folders, archives and a web server on the loopback, all made anew with
fixed contents and times, so that revisions and hashes are always the same."""

import gzip
import http.server
import io
import json
import os
import pathlib
import shutil
import subprocess
import tarfile
import tempfile
import threading
import time

# 2021-03-04 05:06:40 UTC
TIME = 1614834400

LEAF = "{ outputs = { self }: { name = \"leaf\"; }; }\n"


class Report:
    """Counts what passes and tells what fails."""

    def __init__(self, wanted=""):
        self.passed = self.failed = self.skipped = 0
        self.wanted = wanted

    def wants(self, name):
        return self.wanted in name

    def check(self, name, holds, explanation=""):
        self.passed += bool(holds)
        self.failed += not holds
        if not holds:
            print(f"FAIL {name}\n{explanation}", flush=True)

    def equal(self, name, actual, expected):
        self.check(name, actual == expected, f"  got       {actual}\n  expected  {expected}")


class Server:
    """Answers for `pages`: a path to bytes, or to a function that takes the request."""

    def __init__(self):
        self.pages = {}
        self.requests = []
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                server.requests.append(self.path)
                page = server.pages.get(self.path)
                if page is None:
                    self.send_error(404)
                elif callable(page):
                    page(self)
                else:
                    self.answer(page)

            def answer(self, body, **headers):
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def redirect(self, where):
                self.send_response(302)
                self.send_header("Location", where)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *unused):
                pass

        class Threads(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *unused):
                pass

        self.http = Threads(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()


def tar_gz(files, folder="source-1.0", members=()):
    """An archive of {path: text} below one folder; `members` are further TarInfos with their contents."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as archive:
        for path, text in sorted(files.items()):
            entry = tarfile.TarInfo(f"{folder}/{path}")
            entry.size, entry.mtime, entry.mode = len(text), TIME, 0o644
            archive.addfile(entry, io.BytesIO(text.encode()))
        for entry, contents in members:
            entry.mtime, entry.size = TIME, len(contents)
            archive.addfile(entry, io.BytesIO(contents))
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as stream:
        stream.write(plain.getvalue())
    return packed.getvalue()


class World:
    def __init__(self, evalctl):
        self.evalctl = str(evalctl)
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="evalctl-flakes-")).resolve()
        self.server = Server()
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("NIX_", "GIT_"))},
            "HOME": str(self.root / "home"),
            "XDG_CACHE_HOME": str(self.root / "cache"),
            "XDG_CONFIG_HOME": str(self.root / "config"),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "protocol.file.allow",
            "GIT_CONFIG_VALUE_0": "always",
            "NO_COLOR": "1",
        }
        for name in ("AUTHOR", "COMMITTER"):
            self.environment |= {f"GIT_{name}_NAME": "T", f"GIT_{name}_EMAIL": "t@example.org", f"GIT_{name}_DATE": f"{TIME} +0000"}
        (self.root / "home").mkdir()
        self.write("registry.json", json.dumps({"version": 2, "flakes": []}))

    def close(self):
        self.server.http.shutdown()
        subprocess.run(["chmod", "-R", "u+w", self.root], check=False)
        shutil.rmtree(self.root, ignore_errors=True)

    def run(self, *words, cwd=None, **options):
        """Runs evalctl with a store of its own. Returns the finished process, with text."""
        command = [self.evalctl, *map(str, words), "--flake-registry", str(self.root / "registry.json"), "--store", str(self.root / "store")]
        return subprocess.run(command, cwd=cwd or self.root, env=self.environment, capture_output=True, text=True, timeout=120, **options)

    def nix(self, *words, cwd=None):
        """Runs the Nix of this machine."""
        command = [shutil.which("nix"), "--extra-experimental-features", "nix-command flakes", "--offline", "--option", "flake-registry",
                   str(self.root / "registry.json"), *map(str, words)]
        environment = {**self.environment, "XDG_CACHE_HOME": str(self.root / "nix-cache")}
        return subprocess.run(command, cwd=cwd or self.root, env=environment, capture_output=True, text=True, timeout=120)

    def git(self, folder, *words):
        done = subprocess.run(["git", "-C", self.root / folder, *words], env=self.environment, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def folder(self, name, files):
        """A folder with files, all with the same time."""
        for path, text in files.items():
            self.write(f"{name}/{path}", text)
        self.settle(name)
        return self.root / name

    def settle(self, name):
        for folder, _, files in os.walk(self.root / name, topdown=False):
            for file in files:
                os.utime(os.path.join(folder, file), (TIME, TIME))
            os.utime(folder, (TIME, TIME))

    def repository(self, name, files, tag=None):
        """A Git repository with one commit more. Returns the revision."""
        fresh = not (self.root / name / ".git").exists()
        for path, text in files.items():
            self.write(f"{name}/{path}", text)
        if fresh:
            self.git(name, "init", "--quiet", "--initial-branch=main")
        self.git(name, "add", "--all")
        self.git(name, "commit", "--quiet", "--message=change")
        if tag:
            self.git(name, "tag", tag)
        return self.git(name, "rev-parse", "HEAD")

    def show(self, text):
        """`text` without what differs from run to run."""
        return text.replace(str(self.root), "@ROOT@").replace(self.server.url, "@SERVER@")

    def show_lock(self, text):
        """The same for a lock file: what has this folder's name in its contents has other hashes each time."""
        try:
            value = json.loads(text)
        except ValueError:
            return self.show(text)
        for node in value["nodes"].values():
            locked = node.get("locked", {})
            if locked.get("url", "").endswith("/mid"):
                locked |= {"rev": "@REV@", "narHash": "@HASH@"}
        return self.show(json.dumps(value, indent=2, sort_keys=True) + "\n")

    def fill(self, text):
        return text.replace("@ROOT@", str(self.root)).replace("@SERVER@", self.server.url)


def fixture(evalctl):
    """A world with the inputs that the tests' flakes have."""
    world = World(evalctl)
    world.folder("leaf", {"flake.nix": LEAF, "data.txt": "leaf\n"})
    world.folder("tree", {"a.txt": "a\n", "sub/b.txt": "b\n"})
    world.repository("dep", {"flake.nix": LEAF.replace("leaf", "dep"), "version": "1\n"}, tag="v1")
    world.repository("dep", {"version": "2\n", "sub/flake.nix": LEAF.replace("leaf", "sub")})
    world.git("dep", "branch", "stable", "v1")
    world.repository("super", {"flake.nix": LEAF.replace("leaf", "super")})
    world.repository("module", {"inside.txt": "inside\n"})
    world.git("super", "submodule", "add", "--quiet", "--name", "module", "../module", "module")
    world.git("super", "commit", "--quiet", "--message=module")
    mid = world.fill('{ inputs.leaf.url = "path:@ROOT@/leaf"; inputs.dep.url = "git+file://@ROOT@/dep?ref=stable"; '
                     "outputs = { self, leaf, dep }: { names = [ leaf.name dep.name ]; }; }\n")
    world.repository("mid", {"flake.nix": mid})
    done = world.run("flake", "lock", world.root / "mid")
    assert done.returncode == 0, done.stderr
    world.repository("mid", {})
    archive = tar_gz({"flake.nix": LEAF.replace("leaf", "archive"), "data.txt": "data\n"})
    world.server.pages["/archive.tar.gz"] = archive
    world.server.pages["/file.txt"] = b"a file\n"

    def lockable(request):
        request.answer(archive, Link=f'<{world.server.url}/locked/archive.tar.gz?rev={"1" * 40}&revCount=7>; rel="immutable"')

    world.server.pages["/lockable.tar.gz"] = lockable
    world.server.pages[f'/locked/archive.tar.gz'] = archive
    world.write("registry.json", json.dumps({"version": 2, "flakes": [
        {"from": {"type": "indirect", "id": "leaf"}, "to": {"type": "path", "path": str(world.root / "leaf")}},
        {"from": {"type": "indirect", "id": "dep"}, "to": {"type": "git", "url": f"file://{world.root}/dep"}},
    ]}))
    return world


def wait_until(condition, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False
