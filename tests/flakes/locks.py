"""Lock files: what is written for each kind of input, compared with expectations and with Nix."""

import json
import pathlib
import shutil

EXPECTED = pathlib.Path(__file__).resolve().parent / "expected"

# name: (inputs of the flake.nix, whether Nix 2.8 locks such inputs as today's Nix does)
CASES = {
    "path": ('leaf.url = "path:@ROOT@/leaf";', True),
    "git": ('dep.url = "git+file://@ROOT@/dep";', True),
    "git-ref": ('dep.url = "git+file://@ROOT@/dep?ref=stable";', True),
    "git-rev": ('dep.url = "git+file://@ROOT@/dep?ref=main&rev=@REV@";', True),
    "git-without-submodules": ('dep.url = "git+file://@ROOT@/super";', False),
    "git-submodules": ('dep.url = "git+file://@ROOT@/super?submodules=1";', False),
    "git-dir": ('dep.url = "git+file://@ROOT@/dep?dir=sub";', False),
    "attributes": ('dep = { type = "git"; url = "file://@ROOT@/dep"; ref = "stable"; };', True),
    "tree": ('tree = { url = "path:@ROOT@/tree"; flake = false; };', True),
    "tarball": ('archive.url = "@SERVER@/archive.tar.gz";', True),
    "tarball-lockable": ('archive.url = "@SERVER@/lockable.tar.gz";', False),
    "file": ('text = { url = "file+@SERVER@/file.txt"; flake = false; };', False),
    "indirect": ('leaf.url = "flake:leaf"; dep.url = "dep/stable";', True),
    "implicit": ("", True),
    "transitive": ('mid.url = "git+file://@ROOT@/mid";', True),
    "follows": ('leaf.url = "path:@ROOT@/leaf"; mid.url = "git+file://@ROOT@/mid"; mid.inputs.leaf.follows = "leaf"; '
                'other.follows = "mid/dep";', True),
    "follows-root": ('mid.url = "git+file://@ROOT@/mid"; mid.inputs.leaf.follows = "";', True),
    "override": ('mid.url = "git+file://@ROOT@/mid"; mid.inputs.leaf.url = "git+file://@ROOT@/dep";', False),
    "twice": ('leaf.url = "git+file://@ROOT@/dep"; mid.url = "git+file://@ROOT@/mid"; dep.url = "path:@ROOT@/leaf";', True),
    "relative": ('near.url = "path:./near"; nearer.url = ./near/nearer;', False),
}


def inputs_of(text):
    names = {part.split(".")[0].split(" ")[0] for part in text.split("; ") if part.strip()}
    return sorted(name for name in names if name.isalpha())


def make_flake(world, name, inputs):
    """A Git repository with the flake; returns its folder."""
    formals = {"implicit": ["leaf"], "attributes": ["dep"], "tree": ["tree"], "file": ["text"]}.get(name) or inputs_of(inputs)
    revision = world.git("dep", "rev-parse", "v1")
    text = world.fill(inputs).replace("@REV@", revision)
    files = {"flake.nix": "{\n  inputs = { %s };\n  outputs = { self, %s ... }@inputs: { inherit inputs; };\n}\n" % (
        text, "".join(f"{formal}, " for formal in formals))}
    if name == "relative":
        leaf = '{ outputs = { self }: { name = "near"; }; }\n'
        files |= {"near/flake.nix": leaf, "near/nearer/flake.nix": leaf}
    world.repository(f"locks/{name}", files)
    return world.root / "locks" / name


def comparable(text):
    """Without what has changed since Nix 2.8, which gave paths and archives no time and wrote branches short."""
    value = json.loads(text)
    for node in value["nodes"].values():
        locked = node.get("locked", {})
        if locked.get("type") in ("path", "tarball"):
            locked.pop("lastModified", None)
        if "ref" in locked:
            locked["ref"] = locked["ref"].removeprefix("refs/heads/")
    return json.dumps(value, indent=2, sort_keys=True)


def run(world, report, update):
    for name, (inputs, known_to_nix) in CASES.items():
        if not report.wants(f"lock: {name}"):
            continue
        folder = make_flake(world, name, inputs)
        done = world.run("flake", "lock", cwd=folder)
        written = (folder / "flake.lock").read_text() if (folder / "flake.lock").exists() else done.stderr
        file = EXPECTED / f"{name}.lock"
        if update and done.returncode == 0:
            EXPECTED.mkdir(exist_ok=True)
            file.write_text(world.show_lock(written))
        report.equal(f"lock: {name}", world.show_lock(written), file.read_text() if file.exists() else "")
        again = world.run("flake", "lock", cwd=folder)
        report.equal(f"lock: {name}: a second time nothing changes", (again.returncode, (folder / "flake.lock").read_text()), (0, written))
        if known_to_nix and shutil.which("nix"):
            compare_with_nix(world, report, name, folder, written)
    commands(world, report)
    damaged(world, report)


def damaged(world, report):
    """Lock files and registries with something else in them than they should have: an error, as for any input."""
    if not report.wants("lock damaged"):
        return
    folder = make_flake(world, "damaged", CASES["path"][0])
    world.run("flake", "lock", cwd=folder)
    good = json.loads((folder / "flake.lock").read_text())
    for odd in (7, "x", None, [1], {"a": 1}, 1.5):
        for change in ({"flake": odd}, {"locked": odd}, {"original": odd}, {"parent": odd or [1]}):
            node = good["nodes"]["leaf"] | change
            (folder / "flake.lock").write_text(json.dumps(good | {"nodes": good["nodes"] | {"leaf": node}}))
            done = world.run("eval", "--raw", ".#inputs.leaf.name", cwd=folder)
            report.check(f"lock damaged: {change}", done.returncode == 1 and "lock file" in done.stderr, f"{done.returncode} {done.stderr}")
    entry = {"from": {"type": "indirect", "id": "name"}, "to": {"type": "path", "path": str(world.root / "leaf")}}
    registry = (world.root / "registry.json").read_text()
    for odd in ("x", [1], {"a": 1}, 1.5):
        for document in ({"version": odd, "flakes": [entry]}, {"version": 2, "flakes": odd}, *({"version": 2, "flakes": [entry | {key: odd}]} for key in ("exact", "from", "to"))):
            world.write("registry.json", json.dumps(document))
            done = world.run("eval", "--raw", "name#name", cwd=world.root)
            report.check(f"lock damaged: registry {document}", done.returncode == 1 and done.stderr.startswith("error"), f"{done.returncode} {done.stderr}")
    world.write("registry.json", registry)


def compare_with_nix(world, report, name, folder, written):
    (folder / "flake.lock").unlink()
    world.git(folder, "reset", "--quiet")
    done = world.nix("flake", "lock", cwd=folder)
    lock = folder / "flake.lock"
    if done.returncode != 0 or not lock.exists():
        return report.check(f"lock: {name}: Nix", False, done.stderr)
    report.equal(f"lock: {name}: as Nix writes it", comparable(written), comparable(lock.read_text()))
    if not any(f'"type": "{kind}"' in written for kind in ("path", "tarball")) and "refs/heads/" not in written:
        report.equal(f"lock: {name}: the bytes of Nix", written, lock.read_text())


def commands(world, report):
    """What options do to the lock file."""
    if not report.wants("lock commands"):
        return
    inputs = world.fill('leaf.url = "path:@ROOT@/leaf"; moving.url = "git+file://@ROOT@/moving"; mid.url = "git+file://@ROOT@/mid";')
    world.repository("moving", {"flake.nix": '{ outputs = { self }: { name = "one"; }; }\n'})
    folder = make_flake(world, "commands", inputs)
    lock = folder / "flake.lock"

    def evaluate(*words):
        return world.run("eval", "--raw", ".#inputs.moving.name", *words, cwd=folder)

    done = evaluate("--no-write-lock-file")
    report.equal("lock commands: --no-write-lock-file", (done.stdout, lock.exists()), ("one", False))
    done = evaluate("--no-update-lock-file")
    report.check("lock commands: --no-update-lock-file", done.returncode == 1 and "requires lock file changes" in done.stderr, done.stderr)
    done = evaluate("--output-lock-file", world.root / "out.lock")
    report.equal("lock commands: --output-lock-file", (done.stdout, lock.exists(), (world.root / "out.lock").exists()), ("one", False, True))
    done = evaluate()
    first = lock.read_text()
    report.equal("lock commands: evaluation writes the file", (done.stdout, json.loads(first)["version"]), ("one", 7))
    second_revision = world.repository("moving", {"flake.nix": '{ outputs = { self }: { name = "two"; }; }\n'})
    report.equal("lock commands: a lock holds", evaluate("--refresh").stdout, "one")
    done = evaluate("--override-input", "moving", f"git+file://{world.root}/moving")
    report.equal("lock commands: --override-input", (done.stdout, lock.read_text() == first), ("two", True))
    done = world.run("eval", "--raw", ".#inputs.mid.inputs.leaf.name", "--override-input", "mid/leaf", f"path:{world.root}/dep", cwd=folder)
    report.equal("lock commands: --override-input of an inner input", done.stdout, "dep")
    done = evaluate("--override-input", "nothing", "leaf")
    report.check("lock commands: an override that nothing uses", "does not match any input" in done.stderr, done.stderr)
    done = evaluate("--reference-lock-file", world.root / "out.lock")
    report.equal("lock commands: --reference-lock-file", done.stdout, "one")
    world.run("flake", "update", "leaf", cwd=folder)
    report.equal("lock commands: update of another input", json.loads(lock.read_text()), json.loads(first))
    world.run("flake", "update", "moving", cwd=folder)
    locked = json.loads(lock.read_text())["nodes"]["moving"]["locked"]
    report.equal("lock commands: update of one input", (locked["rev"], evaluate().stdout), (second_revision, "two"))
    lock.write_text(first)
    done = evaluate("--recreate-lock-file")
    report.equal("lock commands: --recreate-lock-file", (done.stdout, lock.read_text() != first), ("two", True))
    lock.write_text(first)
    done = world.run("flake", "update", "--commit-lock-file", cwd=folder)
    message = world.git(folder, "log", "-1", "--format=%s")
    report.check("lock commands: --commit-lock-file", message.startswith("flake.lock: ") and not world.git(folder, "status", "--porcelain"), done.stderr + message)
    lock.unlink()
    done = world.run("eval", "--raw", f"git+file://{folder}?rev={world.git(folder, 'rev-parse', 'HEAD~').strip()}#inputs.moving.name")
    report.equal("lock commands: of a revision", (done.stdout, lock.exists()), ("two", True))
    lock.write_text(first.replace('"version": 7', '"version": 99'))
    done = evaluate()
    report.check("lock commands: an unknown version", done.returncode == 1 and "unsupported version 99" in done.stderr, done.stderr)
