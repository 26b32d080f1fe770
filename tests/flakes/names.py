"""Links to evalctl under the names of Nix's programs, and the same commands of Nix."""

import json
import os
import shutil
import subprocess

FLAKE = """{
  outputs = { self }: let
    drv = name: derivation {
      inherit name;
      system = "x86_64-linux";
      builder = "/bin/sh";
      outputs = [ "out" "dev" ];
      args = [ "-c" "echo ${name} > $out; echo dev > $dev" ];
    };
  in {
    packages.x86_64-linux.default = drv "first";
    packages.x86_64-linux.chosen = drv "chosen" // { meta.outputsToInstall = [ "dev" ]; };
    value = { a = 1; b = [ "x" ]; };
    text = "text";
  };
}
"""
NIX_CONFIG = "experimental-features = nix-command flakes\nsandbox = false\nsubstituters =\nflake-registry =\n"


def run(world, report):
    world.repository("named", {"flake.nix": FLAKE, "default.nix": '(builtins.getFlake ("git+file://" + toString ./.)).packages.x86_64-linux\n'})
    (world.root / "bin").mkdir()
    for name in ("nix", "nix-build", "nix-instantiate"):
        os.symlink(world.evalctl, world.root / "bin" / name)
    config = NIX_CONFIG + ("build-users-group =\n" if os.geteuid() == 0 else "")
    environment = {**world.environment, "NIX_CONFIG": config}

    def ours(name, *words):
        return subprocess.run([name, *words], executable=world.root / "bin" / name, cwd=world.root / "named", env=environment,
                              capture_output=True, text=True, timeout=120)

    def theirs(name, *words):
        return subprocess.run([shutil.which(name), *words], cwd=world.root / "named", env={**environment, "XDG_CACHE_HOME": str(world.root / "nix-cache")},
                              capture_output=True, text=True, timeout=120)

    settings(report, ours)
    if shutil.which("nix"):
        compare(report, ours, theirs)
        build(world, report, ours, theirs)
    environment["PATH"] = "/nowhere"
    done = ours("nix", "build", "--no-link")
    report.check("name: nix build without Nix", done.returncode == 1 and ("needs Nix" in done.stderr), done.stderr)
    done = ours("nix", "store", "gc")
    report.check("name: another command without Nix", done.returncode == 1 and "needs Nix" in done.stderr, done.stderr)


def settings(report, ours):
    done = ours("nix", "config", "show", "--json")
    value = json.loads(done.stdout)
    report.equal("name: nix config show --json", (value["flake-registry"]["value"], value["sandbox"]["value"], value["pure-eval"]["value"]), ("", "false", False))
    report.equal("name: nix config show NAME", ours("nix", "config", "show", "max-call-depth").stdout, "1000000\n")
    report.check("name: nix --version", ours("nix", "--version").stdout.startswith("nix (Nix) 2."))


def compare(report, ours, theirs):
    """Commands whose standard output is the same."""
    commands = [
        ("nix", "eval", ".#value"), ("nix", "eval", "--json", ".#value"), ("nix", "eval", "--raw", ".#text"), ("nix", "eval", ".#value.a"),
        ("nix", "eval", "--json", ".#value", "--apply", "v: v.b"), ("nix", "eval", "--raw", ".#default.drvPath"), ("nix", "eval", "--raw", "."),
        ("nix", "eval", "--expr", "1 + 1"), ("nix", "eval", "--json", "--file", "default.nix", "default.name"),
        ("nix", "path-info", "--derivation", "."), ("nix", "path-info", "--derivation", ".#chosen"), ("nix", "flake", "metadata", "--json"),
        ("nix", "flake", "show", "--json"), ("nix-build", "--no-out-link", "-A", "default"), ("nix-instantiate", "-A", "chosen"),
        ("nix", "--offline", "eval", "--json", ".#text"),
    ]
    for command in commands:
        left, right = ours(*command), theirs(*command)
        if "--json" in command and left.returncode == 0 and right.returncode == 0:
            left.stdout, right.stdout = known(json.loads(left.stdout)), known(json.loads(right.stdout))
        else:
            left.stdout, right.stdout = left.stdout.rstrip("\n"), right.stdout.rstrip("\n")
        report.equal(f"name: {' '.join(command)}", (left.returncode, left.stdout or left.stderr), (right.returncode, right.stdout or right.stderr))
    # Later versions than 2.8 show derivations by their paths, wherever they stand.
    drv_path = theirs("nix", "eval", "--raw", ".#default.drvPath").stdout
    report.equal("name: nix eval .", ours("nix", "eval", ".").stdout, f"«derivation {drv_path}»\n")
    inside = ours("nix", "eval", ".", "--apply", "d: { inner = [ d ]; number = 1; }").stdout
    report.equal("name: nix eval of derivations in a value", inside, f"{{ inner = [ «derivation {drv_path}» ]; number = 1; }}\n")
    function = "{ x ? { y ? 2 }: y }: { inherit x; }"
    report.equal("name: nix eval calls functions on the way only", [ours("nix", "eval", "--expr", function, *words).stdout for words in ([], ["x"], ["x", "--apply", "x: x { }"])],
                 ["«lambda @ «string»:1:1»\n", "«lambda x @ «string»:1:7»\n", "2\n"])
    shown = json.loads(ours("nix", "derivation", "show", ".#chosen").stdout)
    old = json.loads(theirs("nix", "show-derivation", ".#chosen").stdout)
    report.equal("name: nix derivation show", [path for path in shown["derivations"]], [path.removeprefix("/nix/store/") for path in old])
    report.equal("name: nix show-derivation", json.loads(ours("nix", "show-derivation", ".#chosen").stdout), old)


def known(value):
    """Without what is newer than Nix 2.8."""
    if not isinstance(value, dict):
        return value
    if "ref" in value and "rev" in value:
        value = {**value, "ref": value["ref"].removeprefix("refs/heads/")}
    if isinstance(value.get("url"), str):
        value = {**value, "url": value["url"].replace("refs/heads/", "")}
    return {name: known(inner) for name, inner in value.items() if name not in ("fingerprint", "__final") and not (name == "description" and inner == "")}


def build(world, report, ours, theirs):
    folder = world.root / "named"
    done = ours("nix", "build", "--print-out-paths")
    out = done.stdout.strip()
    report.check("name: nix build", done.returncode == 0 and out.endswith("-first") and os.readlink(folder / "result") == out, done.stdout + done.stderr)
    report.equal("name: what is built", (folder / "result").read_text() if out else "", "first\n")
    report.equal("name: nix path-info", ours("nix", "path-info").stdout.strip(), out)
    paths = ours("nix", "build", "--no-link", "--print-out-paths", ".#chosen", ".#default^dev", ".#default^*").stdout.split()
    report.equal("name: outputs", [path[44:] for path in paths], ["chosen-dev", "first-dev", "first-dev", "first"])
    as_json = json.loads(ours("nix", "build", "--no-link", "--json").stdout)
    report.equal("name: nix build --json", as_json, json.loads(theirs("nix", "build", "--no-link", "--json").stdout))
    drv_path = ours("nix", "eval", "--raw", ".#default.drvPath").stdout
    report.equal("name: nix build of a derivation", ours("nix", "build", "--no-link", "--print-out-paths", f"{drv_path}^out").stdout.strip(), out)
    ours("nix-build", "-A", "default", "-o", "linked")
    report.equal("name: nix-build --out-link", os.readlink(folder / "linked"), out)
