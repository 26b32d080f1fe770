"""What flakes evaluate to and how the command line selects it, compared with expectations and with Nix."""

import hashlib
import json
import shutil
import struct

FLAKE = """{
  description = "Values";
  inputs.leaf.url = "path:@ROOT@/leaf";
  inputs.dep.url = "git+file://@ROOT@/dep?ref=stable";
  inputs.tree = { url = "path:@ROOT@/tree"; flake = false; };
  inputs.archive.url = "@SERVER@/archive.tar.gz";
  outputs = { self, leaf, dep, tree, archive }: let
    drv = name: derivation { inherit name; system = "x86_64-linux"; builder = "/bin/sh"; args = [ ./data.txt ]; };
  in {
    answer = 42;
    names = map (input: input.name) [ leaf dep archive ];
    text = builtins.readFile (tree + "/sub/b.txt");
    own = builtins.readFile ./data.txt;
    inherit tree dep;
    packages.x86_64-linux = { default = drv "first"; second = drv "second"; };
    legacyPackages.x86_64-linux.deep.inner = drv "inner";
    checks.x86_64-linux.one = drv "check";
    devShells.x86_64-linux.default = drv "shell";
    apps.x86_64-linux.default = { type = "app"; program = "/bin/sh"; };
    overlays.default = final: prev: { };
    nixosModules.default = { };
    templates.default = { path = ./template; description = "A start"; };
    nixosConfigurations = builtins.mapAttrs (name: unused: {
      config.system.build = { toplevel = drv name; images = { raw = drv "raw-${name}"; iso = drv "iso-${name}"; }; };
    }) { web-01 = 1; web-02 = 2; };
    homeConfigurations.me.activationPackage = drv "home";
    darwinConfigurations.mac.system = drv "mac";
    hydraJobs.job = drv "job";
    files = { a = "1"; b.c = "2"; };
    "quoted name"."a.b" = "quoted";
    function = { greeting ? "hello" }: greeting;
  };
}
"""

# Attributes whose values Nix is asked for as well.
COMPARED = ["answer", "names", "text", "own", "sourceInfo.narHash", "sourceInfo.rev", "sourceInfo.shortRev", "sourceInfo.lastModified",
            "sourceInfo.lastModifiedDate", "sourceInfo.revCount", "sourceInfo.submodules", "sourceInfo.outPath", "inputs.dep.rev",
            "inputs.dep.revCount", "inputs.dep.lastModifiedDate", "inputs.dep.outPath", "inputs.dep.narHash", "inputs.tree.outPath",
            "inputs.tree.narHash", "inputs.archive.outPath", "inputs.archive.narHash", "inputs.archive.lastModified", "inputs.leaf.outPath",
            "packages.x86_64-linux.default.drvPath", "packages.x86_64-linux.second", "nixosConfigurations.web-01.config.system.build.toplevel.drvPath"]


def make(world):
    world.repository("values", {"flake.nix": world.fill(FLAKE), "data.txt": "data\n", "template/flake.nix": "{ }\n", "template/README": "start\n",
                                "below/here/file": ""})
    folder = world.root / "values"
    done = world.run("flake", "lock", cwd=folder)
    assert done.returncode == 0, done.stderr
    # Nix 2.8 knows no times of folders and archives, and does not accept them.
    lock = json.loads((folder / "flake.lock").read_text())
    for node in lock["nodes"].values():
        if node.get("locked", {}).get("type") in ("path", "tarball"):
            del node["locked"]["lastModified"]
    world.repository("values", {"flake.lock": json.dumps(lock, indent=2, sort_keys=True) + "\n"})
    return folder


def run(world, report):
    folder = make(world)
    if shutil.which("nix"):
        compare(world, report, folder)
    fingerprints(world, report)
    selection(world, report, folder)
    files(world, report, folder)
    trees(world, report, folder)
    commands(world, report, folder)


def compare(world, report, folder):
    for state in ["clean", "dirty"]:
        if state == "dirty":
            world.write("values/data.txt", "changed\n")
            world.write("values/untracked.txt", "untracked\n")
        for attribute in COMPARED:
            expression = f'(builtins.getFlake "git+file://{folder}").{attribute} or "missing"'
            ours = world.run("eval", "--impure", "--json", "--expr", expression)
            theirs = world.nix("eval", "--impure", "--json", "--expr", expression)
            report.equal(f"value: {state}: {attribute}", (ours.returncode, ours.stdout.strip()), (theirs.returncode, theirs.stdout.strip()))
        ours, theirs = world.run("flake", "metadata", "--json", cwd=folder), world.nix("flake", "metadata", "--json", cwd=folder)
        left, right = json.loads(ours.stdout), json.loads(theirs.stdout)
        # Dirty revisions and fingerprints are newer than Nix 2.8; it counts no times of paths.
        for value in (left, right):
            value.pop("dirtyRevision", None)
            value.pop("fingerprint", None)
            for name in ("dirtyRev", "dirtyShortRev", "__final"):
                value["locked"].pop(name, None)
            if "ref" in value["locked"]:
                value["locked"]["ref"] = value["locked"]["ref"].removeprefix("refs/heads/")
            value["url"] = value["url"].replace("refs/heads/", "")
            if state == "dirty":
                value["url"] = value["url"].split("?")[0]
        report.equal(f"metadata: {state}", left, right)
    world.git(folder, "checkout", "--quiet", "data.txt")
    (folder / "untracked.txt").unlink()
    ours, theirs = world.run("flake", "show", "--json", "--legacy", cwd=folder), world.nix("flake", "show", "--json", "--legacy", cwd=folder)
    report.equal("show", without_descriptions(json.loads(ours.stdout)), without_descriptions(json.loads(theirs.stdout)))


def without_descriptions(value):
    """Derivations without a description have an empty one since Nix 2.26."""
    if not isinstance(value, dict):
        return value
    return {name: without_descriptions(inner) for name, inner in value.items() if not (name == "description" and inner == "")}


def archive_word(data):
    return struct.pack("<Q", len(data)) + data + b"\0" * (-len(data) % 8)


def changes(files):
    """What Nix makes of a working tree's changes: of each file its path and its archive, None for one that is gone."""
    words = b""
    for path, contents in files:
        words += archive_word(b"deleted:" if contents is None else b"modified:") + archive_word(path)
        if contents is not None:
            parts = [b"nix-archive-1", b"(", b"type", b"regular", b"contents", contents, b")"]
            words += b"".join(archive_word(part) for part in parts)
    return hashlib.sha512(words).hexdigest()


def fingerprints(world, report):
    world.repository("print", {"flake.nix": "{ outputs = _: { }; }\n", "b": "1\n", "b-a": "1\n", "b.d/x": "1\n", "gone": "1\n"})
    folder = world.root / "print"

    def check(state, contents, reference):
        told = json.loads(world.run("flake", "metadata", "--json", reference, cwd=folder).stdout)
        text = contents(told) + ";;" + json.dumps(told["locks"], indent=2, sort_keys=True)
        if "revCount" in told:
            text += f";revCount={told['revCount']}"
        text += f";lastModified={told['lastModified']}"
        report.equal(f"fingerprint: {state}", told.get("fingerprint"), hashlib.sha256(text.encode()).hexdigest())

    check("clean", lambda told: told["revision"], ".")
    check("path", lambda told: "path:" + told["locked"]["narHash"], f"path:{folder}")
    for name in ("b-a", "b.d/x"):
        world.write(f"print/{name}", "2\n")
    (folder / "gone").unlink()
    hashed = changes([(b"/b-a", b"2\n"), (b"/b.d/x", b"2\n"), (b"/gone", None)])
    check("dirty", lambda told: told["dirtyRevision"].removesuffix("-dirty") + ";d=" + hashed, ".")


def selection(world, report, folder):
    def evaluate(*words):
        return world.run("eval", *words, cwd=folder)

    def drv(attribute):
        return evaluate("--raw", f".#{attribute}.drvPath").stdout

    first = drv("packages.x86_64-linux.default")
    report.check("select: a path of a derivation", first.startswith("/nix/store/") and first.endswith("-first.drv"), first)
    report.equal("select: the default", evaluate().stdout, first + "\n")
    report.equal("select: the default by its folder", world.run("eval", folder).stdout, first + "\n")
    report.equal("select: a package", evaluate(".#second").stdout, drv("packages.x86_64-linux.second") + "\n")
    report.equal("select: a legacy package", evaluate(".#deep.inner").stdout, drv("legacyPackages.x86_64-linux.deep.inner") + "\n")
    report.equal("select: literally", evaluate(".#.answer").stdout, "42\n")
    report.equal("select: quoted", evaluate("--raw", '.#"quoted name"."a.b"').stdout, "quoted")
    report.equal("select: from below", world.run("eval", ".#answer", cwd=folder / "below" / "here").stdout, "42\n")
    top = drv("nixosConfigurations.web-01.config.system.build.toplevel")
    report.equal("select: a NixOS configuration", evaluate(".#nixosConfigurations.web-01").stdout, top + "\n")
    report.equal("select: a home configuration", evaluate(".#homeConfigurations.me").stdout, drv("homeConfigurations.me.activationPackage") + "\n")
    report.equal("select: a darwin configuration", evaluate(".#darwinConfigurations.mac").stdout, drv("darwinConfigurations.mac.system") + "\n")
    report.equal("select: an image", evaluate(".#nixosConfigurations.web-01", "--image", "iso").stdout,
                 drv("nixosConfigurations.web-01.config.system.build.images.iso") + "\n")
    report.equal("select: images", evaluate(".#nixosConfigurations.web-01", "--list-images", "--json").stdout, '["iso","raw"]\n')
    failed = evaluate(".#nixosConfigurations.web-01", "--image", "floppy")
    report.check("select: no such image", failed.returncode == 1 and "iso, raw" in failed.stderr, failed.stderr)
    both = f"nixosConfigurations.web-01 {top}\nnixosConfigurations.web-02 {drv('nixosConfigurations.web-02.config.system.build.toplevel')}\n"
    report.equal("select: a wildcard", evaluate(".#nixosConfigurations.*").stdout, both)
    several = evaluate(".#answer", ".#names", "--json")
    report.equal("select: several", several.stdout, '{"answer":42,"names":["leaf","dep","archive"]}\n')
    as_json = json.loads(evaluate(".#nixosConfigurations.*", "--json").stdout)
    report.equal("select: a wildcard as JSON", [value["drvPath"] for value in as_json.values()], [line.split()[1] for line in both.splitlines()])
    report.equal("select: --apply", evaluate(".#names", "--apply", "builtins.length").stdout, "3\n")
    report.equal("select: --apply to a configuration", evaluate(".#nixosConfigurations", "--apply", "builtins.attrNames", "--json").stdout, '["web-01","web-02"]\n')
    near = evaluate(".#nixosConfigurations.web-1")
    report.check("select: near names", near.returncode == 1 and "web-01" in near.stderr and not near.stdout, near.stderr)
    remote = world.run("eval", f"git+file://{folder}?ref=main#answer")
    report.equal("select: of a repository", remote.stdout, "42\n")
    report.equal("select: --override-input", evaluate("--raw", ".#text", "--override-input", "tree", f"path:{world.root}/values").returncode, 1)
    quiet = evaluate(".#nixosConfigurations.web-01")
    report.equal("select: nothing but data in a pipe", quiet.stderr, "")


def files(world, report, folder):
    out = world.root / "written"
    done = world.run("eval", ".#files", "--write-to", out, cwd=folder)
    texts = {str(path.relative_to(out)): path.read_text() for path in out.rglob("*") if path.is_file()}
    report.equal("write: a set", (done.stdout, texts), ("", {"a": "1", "b/c": "2"}))
    again = world.run("eval", ".#files", "--write-to", out, cwd=folder)
    report.check("write: not over what is there", again.returncode == 1 and "already exists" in again.stderr, again.stderr)


def trees(world, report, folder):
    """What of a working tree is seen."""
    world.write("values/new.nix", "1")
    done = world.run("eval", "--expr", f'builtins.pathExists ((builtins.getFlake "git+file://{folder}") + "/new.nix")', "--impure")
    report.equal("tree: an untracked file is not there", done.stdout, "false\n")
    text = (folder / "flake.nix").read_text()
    world.write("values/flake.nix", text.replace("answer = 42;", "answer = import ./new.nix;"))
    done = world.run("eval", ".#answer", cwd=folder)
    report.check("tree: the error says to add the file", done.returncode == 1 and "git" in done.stderr and "add" in done.stderr and "new.nix" in done.stderr, done.stderr)
    world.git(folder, "add", "--intent-to-add", "new.nix")
    report.equal("tree: an added file is there", world.run("eval", ".#answer", cwd=folder).stdout, "1\n")
    revision = world.git(folder, "rev-parse", "HEAD")
    done = world.run("eval", "--raw", "--impure", "--expr", f'(builtins.getFlake "git+file://{folder}").dirtyRev')
    report.equal("tree: a dirty revision", done.stdout, f"{revision}-dirty")
    world.git(folder, "rm", "--quiet", "--cached", "new.nix")
    (folder / "new.nix").unlink()
    world.write("values/flake.nix", text)
    done = world.run("eval", f"git+file://{folder}?rev={revision}#sourceInfo.rev", "--raw")
    report.equal("tree: a revision", world.run("eval", "--raw", "--expr", f'(builtins.getFlake "git+file://{folder}?rev={revision}").rev').stdout, revision)


def commands(world, report, folder):
    check = world.run("flake", "check", "--no-build", cwd=folder)
    report.check("check: a sound flake", check.returncode == 0, check.stderr)
    text = (folder / "flake.nix").read_text()
    bad = {
        "overlay": ("final: prev: { }", "self: super: { }", "overlay does not take an argument named 'final'"),
        "app": ('type = "app"; ', "", "lacks attribute 'type'"),
        "derivation": ('one = drv "check"', "one = 1", "is not a derivation"),
        "system": ("checks.x86_64-linux", "checks.linux", "'linux' is not a valid system type"),
        "template": ("./template", "./nothing", "non-existent path"),
        "jobs": ('hydraJobs.job = drv "job"', 'hydraJobs = drv "job"', "jobset should not be a derivation"),
        "configuration": ("toplevel = drv name", "toplevel = name", "'config.system.build.toplevel' is not a derivation"),
    }
    for name, (before, after, message) in bad.items():
        world.write("values/flake.nix", text.replace(before, after))
        done = world.run("flake", "check", "--no-build", cwd=folder)
        report.check(f"check: {name}", done.returncode == 1 and message in done.stderr, done.stderr)
    world.write("values/flake.nix", text.replace('one = drv "check"', "one = 1").replace("final: prev", "a: b"))
    done = world.run("flake", "check", "--no-build", "--keep-going", cwd=folder)
    report.check("check: --keep-going", "not a derivation" in done.stderr and "named 'final'" in done.stderr, done.stderr)
    world.write("values/flake.nix", text)
    world.write("order/flake.nix", "{ outputs = _: { overlays.z = 1; overlays.a = { }; checks = 1; }; }\n")
    done = world.run("flake", "check", "--no-build", f"path:{world.root}/order")
    report.check("check: in the order of the text", "but an integer instead" in done.stderr and "but a set" not in done.stderr, done.stderr)
    made = world.root / "made"
    done = world.run("flake", "new", made, "--template", f"git+file://{folder}")
    report.equal("init: a template", (done.returncode, sorted(path.name for path in made.iterdir())), (0, ["README", "flake.nix"]))
    world.write("made/README", "mine\n")
    done = world.run("flake", "init", "--template", f"git+file://{folder}", cwd=made)
    report.equal("init: keeps what is there", (done.returncode, (made / "README").read_text()), (1, "mine\n"))
    done = world.run("flake", "show", cwd=folder)
    report.check("show: a tree", "├───nixosConfigurations\n│   ├───web-01: NixOS configuration\n" in done.stdout, done.stdout)
