"""What a wrong word for a flake is answered with: the place in flake.nix that comes nearest, and what to write instead."""

import json

FLAKE = """{
  outputs = { self }: let
    drv = name: derivation { inherit name; system = "x86_64-linux"; builder = "/bin/sh"; };
  in {
    packages.x86_64-linux.hello = drv "hello";
    packages.x86_64-linux.tool = drv "tool";
    packages.aarch64-linux.board = drv "board";
    devShells.x86_64-linux.work = drv "work";
    nixosConfigurations.server.config.system.build.toplevel = drv "server";
    value = 1;
  };
}
"""
UNTRACKED = "{ outputs = { self }: { value = import ./value.nix; }; }\n"

# The word, the line and column of the place in flake.nix if there is one, and words of the help.
CASES = [
    ("inner/hinted#value", None, "write `./inner/hinted#value`"),
    ("inner/hinted", None, "write `./inner/hinted`"),
    ("./inner/hinted.value", None, "behind `#`: `./inner/hinted#value`"),
    ("tools.hello", None, "behind `#`: `tools#hello`"),
    ("./inner/hinted#helo", (5, 27), "did you mean `./inner/hinted#packages.x86_64-linux.hello`?"),
    ("./inner/hinted#packages.hello", (5, 14), "the system is missing: `./inner/hinted#packages.x86_64-linux.hello`, or `./inner/hinted#hello`"),
    ("./inner/hinted#packages.x86_64-linux.server", (5, 14), "did you mean `./inner/hinted#nixosConfigurations.server`?"),
    ("./inner/hinted#server", (5, 14), "`./inner/hinted#nixosConfigurations.server.config.system.build.toplevel`"),
    ("./inner/hinted#work", (5, 14), "did you mean `./inner/hinted#devShells.x86_64-linux.work`?"),
    ("./inner/hinted#board", (5, 14), "it is there for aarch64-linux only"),
    ("./inner/hinted", (5, 14), "ask for one of its packages, as `./inner/hinted#hello`, `./inner/hinted#tool`"),
    ("./inner/hinted#devShells.x86_64-linux.quite-another", (8, 15), "`./inner/hinted#devShells.x86_64-linux` has `work`"),
    ("./inner/hinted#nixosConfigurations.sever", (9, 25), "did you mean `./inner/hinted#nixosConfigurations.server`?"),
]


def run(world, report):
    world.folder("inner/hinted", {"flake.nix": FLAKE})
    for word, place, words in CASES:
        error = error_of(world, word)
        primary = error.get("primary") or {}
        got = (primary.get("line"), primary.get("column")) if primary else None
        report.check(f"hint: {word}", got == place and words in error.get("help", ""), json.dumps(error, indent=1, ensure_ascii=False))
    world.folder("plain", {"flake.nix": '{ inputs.a.url = "path:./files"; outputs = { self, a }: { value = 1; }; }\n', "files/a.nix": "1\n"})
    error = error_of(world, f"path:{world.root}/plain#value")
    report.check("hint: an input that is no flake", "inputs.name.flake = false" in error.get("help", ""), str(error))
    repository = world.repository("untracked", {"flake.nix": UNTRACKED})
    (world.root / "untracked" / "value.nix").write_text("1\n")
    error = error_of(world, f"git+file://{world.root}/untracked#value")
    report.check("hint: a file that git does not know", "git add value.nix" in error.get("help", "") and "path:" in error.get("help", ""), f"{repository} {error}")


def error_of(world, word):
    done = world.run("eval", "--read-only", "--system", "x86_64-linux", "--log-format", "json", word, cwd=world.root)
    errors = [json.loads(line) for line in done.stderr.splitlines() if line.startswith('{"severity":"error"')]
    return errors[0] if errors else {"help": done.stderr}
