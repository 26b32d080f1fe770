#!/usr/bin/env python3
"""Latencies and memory of the language server on a real nixpkgs, as a Markdown table.

    bench/lsp.py --evalctl build/release/evalctl --nixpkgs ~/nixpkgs > bench/results/lsp.md

Times are those of a client: from before it writes the request until it has read the last byte of the answer; what it makes of
that is its own. A change is timed until the diagnostics of its version are there.
"""

import argparse
import os
import pathlib
import random
import re
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests" / "lsp"))

from client import Client, server_command, uri_of  # noqa: E402

CONFIGURATION = """{ config, lib, pkgs, ... }:
{
  boot.loader.grub.device = "/dev/sda";
  fileSystems."/" = { device = "/dev/sda1"; fsType = "ext4"; };
  services.nginx.enable = true;
  services.nginx.virtualHosts."example.org".locations."/".root = pkgs.hello;
  services.postgresql.enable = true;
  environment.systemPackages = with pkgs; [ vim git ];
  users.users.alice = { isNormalUser = true; };
  nixpkgs.hostPlatform = "x86_64-linux";
  system.stateVersion = "25.11";
}
"""


def percentile(values, part):
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


class Table:
    def __init__(self, title):
        print(f"\n## {title}\n\n| what | p50 ms | p95 ms | bytes |\n|---|---|---|---|")

    def row(self, what, times, size=""):
        ms = [1000 * t for t in times]
        print(f"| {what} | {percentile(ms, 0.5):.1f} | {percentile(ms, 0.95):.1f} | {size} |", flush=True)


def asked(client, method, params):
    begin = time.perf_counter()
    request = client.start("textDocument/" + method, params)
    answer = client.wait(request, 120)
    return client.arrived[request] - begin, answer["result"]


def diagnosed(client, path, version, action):
    begin = time.perf_counter()
    action()
    client.wait_diagnostics(path, version)
    return client.arrived[str(path), version] - begin


def memory(process):
    """Proportional set sizes of a process and all below it, in MiB."""
    total, todo = 0, [process]
    while todo:
        pid = todo.pop()
        try:
            total += int(re.search(r"Pss:\s+(\d+)", pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text())[1])
            for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
                todo += [int(p) for p in (task / "children").read_text().split()]
        except OSError:
            pass
    return total / 1024


def measure_file(arguments, name, path, text):
    table = Table(f"{name}: {len(text.encode()) // 1024} KB, {text.count(chr(10))} lines")
    client = Client(server_command(arguments.evalctl), root=path.parent, options={"evaluate": False})
    table.row("open → diagnostics", [diagnosed(client, path, 1, lambda: client.open(path, text))])
    lines, chance, version = text.split("\n"), random.Random(1), 1
    breaking = ['"', "'", "{", "}", ";", "$", "/", "*", "${", "/*", "(", "''", "="]
    for what, letters, part in (("a blank before a line", " ", 0), ("a letter in the middle of a line", "x", 0.5),
                                ("a mark in the middle of a line, which mostly breaks the syntax", breaking, 0.5)):
        times = []
        for _ in range(arguments.rounds):
            line = chance.randrange(len(lines))
            column, letter = int(len(lines[line]) * part), chance.choice(letters)
            here, after = {"line": line, "character": column}, {"line": line, "character": column + len(letter)}
            # It is put there, and taken away again: the text stays what it is.
            for change in ({"range": {"start": here, "end": here}, "text": letter}, {"range": {"start": here, "end": after}, "text": ""}):
                version += 1
                times.append(diagnosed(client, path, version, lambda: client.change(path, version, [change])))
        table.row(f"{what} → diagnostics", times)
    where = {"textDocument": {"uri": uri_of(path)}}
    for method in ("documentSymbol", "foldingRange", "semanticTokens/full", "documentLink", "formatting"):
        times = []
        for _ in range(5):
            elapsed, result = asked(client, method, where | {"options": {}})
            times.append(elapsed)
        table.row(method, times, len(str(result)))
    for method in ("hover", "definition", "completion", "documentHighlight", "signatureHelp"):
        times, size = [], 0
        for _ in range(arguments.rounds):
            line = chance.randrange(len(lines))
            position = {"line": line, "character": len(lines[line]) // 2}
            elapsed, result = asked(client, method, where | {"position": position})
            times.append(elapsed)
            size = max(size, len(str(result)))
        table.row(method, times, size)
    print(f"\nMemory: {memory(client.process.pid):.0f} MiB")
    client.close()


def wait_for(client, condition, seconds=300):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        client.pump(0.01)


def measure_system(arguments):
    table = Table("A NixOS configuration: `configuration.nix` of a dozen lines, a web server")
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder) / "machine"
        root.mkdir()
        path = root / "configuration.nix"
        path.write_text(CONFIGURATION)
        environment = os.environ | {"NIX_PATH": f"nixpkgs={arguments.nixpkgs}", "XDG_CACHE_HOME": folder + "/cache"}
        used = [run_system(arguments, table, name, root, path, environment) for name in ("cold", "with the cache")]
    print(f"\nMemory with nixpkgs and NixOS loaded: {max(used):.0f} MiB")


def run_system(arguments, table, name, root, path, environment):
    client = Client(server_command(arguments.evalctl), root=root, environment=environment, options={"debounceMilliseconds": 1},
                    capabilities={"window": {"workDoneProgress": True}})

    def seen(title, kind):
        return any(m["method"] == "$/progress" and title in m["params"]["token"] and m["params"]["value"]["kind"] == kind
                   for m in client.notifications)

    def completion(text, needle):
        line = text[:text.index(needle)].count("\n")
        position = {"line": line, "character": text.split("\n")[line].index(needle) + len(needle)}
        return asked(client, "completion", {"textDocument": {"uri": uri_of(path)}, "position": position})

    begin = time.perf_counter()
    client.open(path, CONFIGURATION)
    wait_for(client, lambda: seen("loading", "end"))
    table.row(f"{name}: nixpkgs and the modules' files loaded", [time.perf_counter() - begin])
    typed = CONFIGURATION.replace("services.nginx.enable = true;", "services.ngi")
    if name == "cold":
        wait_for(client, lambda: seen("collecting", "begin"))
        table.row("cold: first evaluation of the configuration", [time.perf_counter() - begin])
        begin = time.perf_counter()
        wait_for(client, lambda: "nginx" in str(completion(CONFIGURATION, "services.ngi")[1]))
        table.row("cold: options usable: their names, and whatever is asked for", [time.perf_counter() - begin])
        option = {"textDocument": {"uri": uri_of(path)}, "position": {"line": 6, "character": 27}}
        found = asked(client, "hover", option)
        assert "*boolean*" in str(found[1]), found
        table.row("cold: first hover of another option, with type and texts", [found[0]])
        wait_for(client, lambda: seen("collecting", "end"))
        table.row("cold: options complete: texts, types and submodules of all, collected in the background", [time.perf_counter() - begin])
    client.change(path, 2, [{"text": typed}])
    table.row(f"{name}: first completion of an option", [completion(typed, "services.ngi")[0]])
    times = [completion(typed, "services.ngi") for _ in range(arguments.rounds)]
    table.row(f"{name}: completion `services.ngi`", [t for t, _ in times], len(str(times[-1][1])))
    if name != "cold":
        client.close()
        return 0
    typed = CONFIGURATION.replace("vim git", "vim he")
    client.change(path, 3, [{"text": typed}])
    times = [completion(typed, "vim he") for _ in range(arguments.rounds)]
    table.row("completion `with pkgs; [ he`", [t for t, _ in times], len(str(times[-1][1])))
    where = {"textDocument": {"uri": uri_of(path)}}
    client.change(path, 4, [{"text": CONFIGURATION}])
    client.pump(0.1)
    for what, position in (("option", {"line": 4, "character": 20}), ("package", {"line": 5, "character": 71})):
        for method in ("hover", "definition"):
            times = [asked(client, method, where | {"position": position}) for _ in range(arguments.rounds)]
            table.row(f"{method} of the {what}", [t for t, _ in times], len(str(times[-1][1])))
    times = []
    for version in range(5, 10):
        text = CONFIGURATION.replace("enable = true", f'enable = throw "no {version}"', 1)
        begin = time.perf_counter()
        client.change(path, version, [{"text": text}])
        wait_for(client, lambda: client.versions.get(str(path)) == version and
                 any(f"no {version}" in d["message"] for d in client.diagnostics[str(path)]))
        times.append(time.perf_counter() - begin)
    table.row("change → error of evaluation on the user's line", times)
    used = memory(client.process.pid)
    client.close()
    return used


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--evalctl", required=True)
    parser.add_argument("--nixpkgs", required=True, type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=30)
    arguments = parser.parse_args()
    print("# The language server\n\nPrinted by `bench/lsp.py`; milliseconds as a client sees them.")
    packages = arguments.nixpkgs / "pkgs" / "top-level" / "all-packages.nix"
    text = packages.read_text()
    measure_file(arguments, "all-packages.nix", packages, text)
    with tempfile.TemporaryDirectory() as folder:
        for name, body in (("50 KB", "\n".join(f"  a{i} = callPackage ../a{i} {{ inherit b; }};" for i in range(1100))),
                           ("800 KB", "\n".join(f"  a{i} = callPackage ../a{i} {{ inherit b; }};" for i in range(17000))),
                           ("3 MB", "\n".join(f"  a{i} = callPackage ../a{i} {{ inherit b; }};" for i in range(64000)))):
            path = pathlib.Path(folder) / "large.nix"
            measure_file(arguments, name, path, f"{{ callPackage, b }}:\n{{\n{body}\n}}\n")
    measure_system(arguments)


if __name__ == "__main__":
    main()
