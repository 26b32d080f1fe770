"""Downloads that go wrong, several processes on one cache, and processes that are killed."""

import base64
import hashlib
import os
import shutil
import signal
import subprocess
import tarfile
import time

from world import TIME, tar_gz, wait_until


def tree_expression(url, **attributes):
    rest = "".join(f' {name} = "{value}";' for name, value in attributes.items())
    return f'builtins.readFile ((builtins.fetchTree {{ type = "tarball"; url = "{url}";{rest} }}) + "/data.txt")'


def run(world, report):
    downloads(world, report)
    archives(world, report)
    compare(world, report, BUILTINS)
    mercurial(world, report)
    foreign_repository(world, report)
    shallow_clone(world, report)
    changed_trees(world, report)
    two_writers(world, report)
    killed(world, report)


def downloads(world, report):
    pages, url = world.server.pages, world.server.url
    body = pages["/archive.tar.gz"]

    def evaluate(expression, *words):
        return world.run("eval", "--impure", "--raw", "--expr", expression, *words)

    pages["/redirected"] = lambda request: request.redirect("/archive.tar.gz")
    report.equal("download: a redirect", evaluate(tree_expression(f"{url}/redirected")).stdout, "data\n")
    pages["/circle"] = lambda request: request.redirect("/circle")
    done = evaluate(tree_expression(f"{url}/circle"))
    report.check("download: redirects in a circle", done.returncode == 1 and "redirect" in done.stderr.lower(), done.stderr)
    secret = world.write("secret.tar.gz", "")
    secret.write_bytes(tar_gz({"data.txt": "secret\n"}))
    pages["/to-file"] = lambda request: request.redirect(f"file://{secret}")
    done = evaluate(tree_expression(f"{url}/to-file"))
    report.check("download: a redirect to a file", done.returncode == 1 and "secret\n" not in done.stdout, done.stdout + done.stderr)

    def truncated(request):
        request.send_response(200)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body[: len(body) // 2])
        request.close_connection = True

    pages["/truncated.tar.gz"] = truncated
    done = evaluate(tree_expression(f"{url}/truncated.tar.gz"))
    report.check("download: a truncated body", done.returncode == 1 and "truncated.tar.gz" in done.stderr, done.stderr)
    pages["/truncated.tar.gz"] = body
    report.equal("download: whole the next time", evaluate(tree_expression(f"{url}/truncated.tar.gz")).stdout, "data\n")

    tries = []

    def unsteady(request):
        tries.append(1)
        if len(tries) < 3:
            return request.send_error(503)
        return request.answer(body)

    pages["/unsteady.tar.gz"] = unsteady
    report.equal("download: a server in trouble is asked again", (evaluate(tree_expression(f"{url}/unsteady.tar.gz")).stdout, len(tries)), ("data\n", 3))
    done = evaluate(tree_expression(f"{url}/nothing.tar.gz"))
    report.check("download: not found", done.returncode == 1 and "404" in done.stderr and "nothing.tar.gz" in done.stderr, done.stderr)
    pages["/dropped.tar.gz"] = lambda request: request.connection.close()
    done = evaluate(tree_expression(f"{url}/dropped.tar.gz"))
    report.check("download: a dropped connection", done.returncode == 1 and "dropped.tar.gz" in done.stderr, done.stderr)
    wrong = "sha256-" + base64.b64encode(bytes(32)).decode()
    done = evaluate(tree_expression(f"{url}/archive.tar.gz", narHash=wrong))
    report.check("download: a wrong hash", done.returncode == 1 and "hash mismatch" in done.stderr and wrong in done.stderr, done.stderr)

    def slow(request):
        request.send_response(200)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        for i in range(0, len(body), 64):
            request.wfile.write(body[i:i + 64])
            request.wfile.flush()
            time.sleep(0.05)

    pages["/slow.tar.gz"] = slow
    report.equal("download: a slow server", evaluate(tree_expression(f"{url}/slow.tar.gz")).stdout, "data\n")
    etags = []

    def tagged(request):
        etags.append(request.headers.get("If-None-Match"))
        if etags[-1] == '"one"':
            request.send_response(304)
            return request.end_headers()
        return request.answer(body, ETag='"one"')

    pages["/tagged.tar.gz"] = tagged
    expression = tree_expression(f"{url}/tagged.tar.gz")
    answers = [evaluate(expression).stdout, evaluate(expression).stdout, evaluate(expression, "--refresh").stdout]
    report.equal("download: only what has changed", (answers, etags), (["data\n"] * 3, [None, '"one"']))


def archives(world, report):
    """Archives that want to write elsewhere."""
    pages, url = world.server.pages, world.server.url
    victim = world.root / "victim"

    def entry(name, kind=tarfile.REGTYPE, target=""):
        info = tarfile.TarInfo(name)
        info.type, info.linkname, info.mode = kind, target, 0o644
        return info

    attacks = {
        "dots": [(entry("source-1.0/../../../../../../../../../.." + str(victim)), b"x")],
        "absolute": [(entry(str(victim)), b"x")],
        "link": [(entry("source-1.0/out", tarfile.SYMTYPE, str(world.root)), b""), (entry("source-1.0/out/victim"), b"x")],
        "hard link": [(entry("source-1.0/hard", tarfile.LNKTYPE, str(world.root / "registry.json")), b"")],
        "device": [(entry("source-1.0/device", tarfile.CHRTYPE), b"")],
    }
    for name, members in attacks.items():
        path = f"/attack-{name.replace(' ', '-')}.tar.gz"
        pages[path] = tar_gz({"data.txt": "data\n"}, members=members)
        done = world.run("eval", "--impure", "--raw", "--expr", tree_expression(url + path))
        report.check(f"archive: {name}", done.returncode == 1 and not victim.exists(), f"{done.returncode} {done.stdout} {done.stderr}")
    pages["/noise.tar.gz"] = b"\x1f\x8bnoise" * 100
    done = world.run("eval", "--impure", "--raw", "--expr", tree_expression(url + "/noise.tar.gz"))
    report.check("archive: noise", done.returncode == 1 and "noise.tar.gz" in done.stderr, done.stderr)


BUILTINS = {
    "fetchTarball": 'builtins.readFile (builtins.fetchTarball "@SERVER@/archive.tar.gz" + "/data.txt")',
    "fetchTarball path": 'toString (builtins.fetchTarball { url = "@SERVER@/archive.tar.gz"; name = "named"; })',
    "fetchurl": 'builtins.readFile (builtins.fetchurl "@SERVER@/file.txt")',
    "fetchurl path": 'toString (builtins.fetchurl "@SERVER@/file.txt")',
    "fetchGit": '(builtins.fetchGit "@ROOT@/dep").rev',
    "fetchGit path": '(builtins.fetchGit { url = "@ROOT@/dep"; ref = "stable"; name = "named"; }).outPath',
    "fetchGit count": 'toString (builtins.fetchGit "@ROOT@/dep").revCount',
    "fetchGit short": '(builtins.fetchGit { url = "file://@ROOT@/dep"; ref = "refs/tags/v1"; }).shortRev',
    "fetchGit hash": '(builtins.fetchGit { url = "file://@ROOT@/dep"; submodules = true; }).narHash',
    "fetchTree git": '(builtins.fetchTree { type = "git"; url = "file://@ROOT@/dep"; ref = "stable"; }).outPath',
    "fetchTree tarball": '(builtins.fetchTree { type = "tarball"; url = "@SERVER@/archive.tar.gz"; }).narHash',
    "fetchTree path": '(builtins.fetchTree { type = "path"; path = "@ROOT@/tree"; }).outPath',
    "getFlake": '(builtins.getFlake "git+file://@ROOT@/mid").inputs.leaf.outPath',
}


MERCURIAL = {
    "fetchMercurial": '(builtins.fetchMercurial "@ROOT@/hg").outPath',
    "fetchMercurial revision": 'builtins.toJSON (removeAttrs (builtins.fetchMercurial { url = "file://@ROOT@/hg"; rev = "@FIRST@"; name = "named"; }) [ "outPath" ])',
    "fetchMercurial tag": '(builtins.fetchMercurial { url = "file://@ROOT@/hg"; rev = "v1"; }).outPath',
    "fetchTree hg": '(builtins.fetchTree { type = "hg"; url = "file://@ROOT@/hg"; ref = "feature"; }).outPath',
    "getFlake hg": 'let it = builtins.getFlake "hg+file://@ROOT@/hg"; in builtins.toJSON [ it.files it.rev (toString it.revCount) it.shortRev it.outPath ]',
}


def mercurial(world, report):
    """Revisions and working folders of a Mercurial repository."""
    if not shutil.which("hg"):
        print("without Mercurial: its repositories are not fetched")
        return
    folder = world.folder("hg", {"flake.nix": "{ outputs = { self }: { files = builtins.readDir ./.; }; }", "a.txt": "one\n", "d/b.txt": "two\n"})

    def hg(*words):
        return subprocess.run(["hg", "--cwd", folder, *words], env={**world.environment, "HGUSER": "a"}, check=True, capture_output=True, text=True).stdout

    def commit(message):
        hg("commit", "--addremove", "--message", message, "--date", f"{TIME} 0")
        return hg("log", "--rev", ".", "--template", "{node}")

    hg("init")
    first = commit("one")
    (folder / "link").symlink_to("a.txt")
    (folder / "a.txt").write_text("changed\n")
    (folder / "a.txt").chmod(0o755)
    commit("two")
    hg("tag", "v1")
    hg("branch", "feature")
    (folder / "f.txt").write_text("f\n")
    commit("three")
    hg("update", "default")
    expressions = {name: text.replace("@FIRST@", first) for name, text in MERCURIAL.items()}
    compare(world, report, expressions)
    done = world.run("eval", "--impure", "--expr", f'builtins.fetchMercurial {{ url = "file://{folder}"; rev = "v2"; }}')
    report.check("fetching: no such tag", done.returncode == 1 and "unknown revision 'v2'" in done.stderr, done.stderr)
    (folder / "a.txt").write_text("dirty\n")
    (folder / "untracked.txt").write_text("untracked\n")
    (folder / "d" / "b.txt").unlink()
    compare(world, report, {f"{name}, changed": expressions[name] for name in ("fetchMercurial", "fetchTree hg")})


def foreign_repository(world, report):
    """Git does not trust what belongs to somebody else unless it is told to."""
    if os.geteuid() != 0:
        print("without root: no repository is given away")
        return
    world.repository("foreign", {"flake.nix": "{ outputs = { self }: { a = 1; }; }"})
    os.chown(world.root / "foreign", 65534, 65534)
    os.chown(world.root / "foreign" / ".git", 65534, 65534)
    done = world.run("eval", "./foreign#a")
    report.check("fetching: another user's repository", done.returncode == 1 and "safe.directory" in done.stderr, done.stderr)
    world.git("foreign", "config", "--global", "--add", "safe.directory", world.root / "foreign")
    report.equal("fetching: one that is trusted", world.run("eval", "./foreign#a").stdout, "1\n")


def shallow_clone(world, report):
    """A clone without history: its working tree is a flake, its commits are only where `shallow` is said."""
    world.repository("whole", {"flake.nix": "{ outputs = { self }: { count = self.revCount or null; }; }"})
    world.repository("whole", {"more": "more"})
    world.git(".", "clone", "--quiet", "--depth=1", f"file://{world.root}/whole", "shallow")
    url = f"git+file://{world.root}/shallow"
    counts = [world.run("eval", "--json", f"{address}#count").stdout for address in (url, f"{url}?shallow=1", f"{url}?ref=main&shallow=1")]
    report.equal("fetching: a clone without history", counts, ["1\n", "null\n", "null\n"])
    done = world.run("eval", "--json", f"{url}?ref=main#count")
    report.check("fetching: a commit of a clone without history", done.returncode == 1 and "only allowed when `shallow = true;`" in done.stderr, done.stderr)


def compare(world, report, expressions):
    """The builtins that fetch, compared with Nix's."""
    if not shutil.which("nix"):
        return
    for name, expression in expressions.items():
        expression = world.fill(expression)
        ours = world.run("eval", "--impure", "--raw", "--expr", expression)
        theirs = world.nix("eval", "--impure", "--raw", "--expr", expression)
        report.equal(f"builtin: {name}", (ours.returncode, ours.stdout or ours.stderr), (theirs.returncode, theirs.stdout or theirs.stderr))


def changed_trees(world, report):
    """The hash of a tree is kept, but never beyond a change: also one that keeps size and times, or that a filter lets through."""
    folder = world.root / "many"
    (folder / "sub").mkdir(parents=True)
    for number in range(100):
        (folder / "sub" / f"file-{number}").write_text(f"{number:03}")
    # A link to a place outside, whose change is none of the tree's.
    (folder / "link").symlink_to(world.root / "elsewhere")

    expression = f'(builtins.fetchTree {{ type = "path"; path = "{folder}"; }}).narHash'
    command = [world.evalctl, "eval", "--impure", "--raw", "--no-eval-cache", "--expr", expression]

    def hash_with(cache):
        environment = {**world.environment, "XDG_CACHE_HOME": str(world.root / cache)}
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False).stdout

    def file():
        return folder / "sub" / "file-50"

    def rewrite():
        status = file().stat()
        file().write_text("new")
        os.utime(file(), ns=(status.st_atime_ns, status.st_mtime_ns))

    def swap():
        file().rename(folder / "sub" / "kept")
        (folder / "sub" / "file-51").rename(file())
        (folder / "sub" / "kept").rename(folder / "sub" / "file-51")

    def relink():
        (folder / "link").unlink()
        (folder / "link").symlink_to(world.root / "elsewhe-e")

    changes = {"nothing": lambda: None, "a file, size and times kept": rewrite, "a mode": lambda: file().chmod(0o755),
               "two names": swap, "a link": relink, "an empty folder": lambda: (folder / "empty").mkdir(),
               "a file less": lambda: (folder / "sub" / "file-99").unlink()}
    # Younger trees are not kept; that of the start is, when the changes come.
    settled = 3.2
    time.sleep(settled)
    hashes = {hash_with("cache-all")}
    kept = world.root / "cache-all" / "evalctl" / "nar-hashes"
    report.equal("a hash is kept of a tree", kept.is_file(), True)
    for number, (name, change) in enumerate(changes.items()):
        change()
        time.sleep(0.05)
        expected = hash_with(f"cache-{number}")
        report.equal(f"hash of a tree after a change of {name}", [hash_with("cache-all") for _ in range(2)], [expected] * 2)
        hashes.add(expected)
    report.equal("hashes of trees", len(hashes), len(changes))
    one, before = kept.stat().st_size, expected
    time.sleep(settled)
    report.equal("hash of a tree that is kept again", [hash_with("cache-all") for _ in range(2)], [before] * 2)
    report.equal("two hashes are kept", kept.stat().st_size - one, 64)


def two_writers(world, report):
    """Six processes that fetch the same into an empty cache at the same time."""
    arrived = []

    def slow(request):
        arrived.append(1)
        time.sleep(0.3)
        request.answer(world.server.pages["/archive.tar.gz"])

    world.server.pages["/together.tar.gz"] = slow
    cache = world.root / "together"
    expression = tree_expression(world.server.url + "/together.tar.gz") + world.fill(' + (builtins.fetchGit { url = "file://@ROOT@/dep"; ref = "stable"; }).rev')
    command = [world.evalctl, "eval", "--impure", "--raw", "--expr", expression, "--store", str(world.root / "store-together")]
    environment = {**world.environment, "XDG_CACHE_HOME": str(cache)}
    running = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(6)]
    answers = [process.communicate(timeout=60) for process in running]
    right = "data\n" + world.git("dep", "rev-parse", "stable")
    report.equal("cache: several writers", [answer[0] or answer[1] for answer in answers], [right] * 6)
    trees = sorted(path.name for path in (cache / "evalctl" / "trees").iterdir() if path.name.startswith("archive-") and path.is_dir())
    report.equal("cache: one entry", len(trees), 1)


def killed(world, report):
    """A process that is killed in the middle of a download leaves nothing that another one takes for whole."""
    body = world.server.pages["/archive.tar.gz"]
    started = []

    def stuck(request):
        request.send_response(200)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body[:100])
        request.wfile.flush()
        started.append(1)
        time.sleep(30)

    world.server.pages["/stuck.tar.gz"] = stuck
    expression = tree_expression(world.server.url + "/stuck.tar.gz")
    command = [world.evalctl, "eval", "--impure", "--raw", "--expr", expression, "--store", str(world.root / "store")]
    process = subprocess.Popen(command, env=world.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    report.check("kill: the download begins", wait_until(lambda: started))
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    world.server.pages["/stuck.tar.gz"] = body
    report.equal("kill: a download", world.run("eval", "--impure", "--raw", "--expr", expression).stdout, "data\n")
    big = tar_gz({"data.txt": "data\n", **{f"many/{i}.txt": str(i) * 2000 for i in range(3000)}})
    world.server.pages["/many.tar.gz"] = big
    expression = tree_expression(world.server.url + "/many.tar.gz")
    cache = world.root / "cache-killed"
    environment = {**world.environment, "XDG_CACHE_HOME": str(cache)}
    command = [world.evalctl, "eval", "--impure", "--raw", "--expr", expression, "--read-only"]
    for delay in (0.05, 0.1, 0.15, 0.2, 0.3):
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(delay)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    count = 'toString (builtins.length (builtins.attrNames (builtins.readDir ((builtins.fetchTree { type = "tarball"; url = "%s"; }) + "/many"))))'
    command[command.index("--expr") + 1] = count % (world.server.url + "/many.tar.gz")
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    report.equal("kill: while an archive is unpacked", done.stdout or done.stderr, "3000")
