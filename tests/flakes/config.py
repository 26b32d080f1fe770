"""`nixConfig`: which settings of a flake are taken, and what is said of the others. Where Nix is at hand, it is asked as well."""

import json
import shutil

FLAKE = """{
  nixConfig = {
    trace-verbose = true;
    flake-registry = "";
    extra-substituters = [ "https://a.example.org" "https://b.example.org" ];
    bash-prompt = "$ ";
  };
  outputs = { self }: { value = (builtins.traceVerbose or (message: value: value)) "seen" 1; };
}
"""
IGNORED = "ignoring untrusted flake configuration setting '{}'"
# A value, and what is said of it.
WRONG = [
    ("{ cores = 1.5; }", "flake configuration setting 'cores' is a float"),
    ("{ cores = [ 1 ]; }", "list element in flake configuration setting 'cores' is an integer while a string is expected"),
    ("[ ]", "expected a set but got a list"),
]


def run(world, report):
    world.folder("configured", {"flake.nix": FLAKE})
    answers(world, report)
    for config, message in WRONG:
        folder = world.folder("wrong", {"flake.nix": f"{{ nixConfig = {config}; outputs = {{ self }}: {{ value = 1; }}; }}\n"})
        done = world.run("eval", f"path:{folder}#value")
        report.check(f"config: {config}", done.returncode == 1 and message in done.stderr, done.stderr)
    world.folder("user", {"flake.nix": f'{{ inputs.configured.url = "path:{world.root}/configured"; outputs = {{ self, configured }}: {{ inherit (configured) value; }}; }}\n'})
    for words in (("flake", "show"), ("flake", "metadata")):
        done = world.run(*words, f"path:{world.root}/configured")
        report.check(f"config: no use for it: {' '.join(words)}", done.returncode == 0 and "ignoring" not in done.stderr, done.stderr)
    done = world.run("eval", f"path:{world.root}/user#value", "--accept-flake-config", "--no-write-lock-file")
    report.check("config: of an input", done.stdout == "1\n" and "seen" not in done.stderr and "ignoring" not in done.stderr, done.stderr)


def answers(world, report):
    def run(*options):
        return world.run("eval", f"path:{world.root}/configured#value", *options)

    def theirs(*options):
        return world.nix("eval", f"path:{world.root}/configured#value", *options) if shutil.which("nix") else None

    def taken(name, done, trace, ignored):
        if done is None:
            return
        right = done.stdout == "1\n" and trace in (None, "seen" in done.stderr)
        right &= all((IGNORED.format(setting) in done.stderr) == (setting in ignored) for setting in ("trace-verbose", "flake-registry", "bash-prompt", "extra-substituters"))
        report.check(f"config: {name}", right, done.stdout + done.stderr)

    # Nix 2.8 has no traceVerbose.
    for who, ask, known in (("", run, True), (" (Nix)", theirs, False)):
        no, yes = (False, True) if known else (None, None)
        taken("not trusted" + who, ask(), no, ["trace-verbose", "extra-substituters"])
        taken("accepted" + who, ask("--accept-flake-config"), yes, [])
        taken("accepted by a setting" + who, ask("--option", "accept-flake-config", "true"), yes, [])
        taken("not accepted after all" + who, ask("--accept-flake-config", "--no-accept-flake-config"), no, ["trace-verbose", "extra-substituters"])
    saved = {"trace-verbose": {"true": True}, "extra-substituters": {"https://a.example.org https://b.example.org": False}}
    world.write("home/.local/share/nix/trusted-settings.json", json.dumps(saved))
    for who, ask, trace in (("", run, True), (" (Nix)", theirs, None)):
        taken("answered before" + who, ask(), trace, ["extra-substituters"])
