#!/usr/bin/env python3
"""The language server under ill treatment: replay of typing, random messages, evaluations that go wrong, clients that die.

Each test is a function `test_*`; the last line is `N passed, M failed`. `--seed` repeats a random run, `--filter` picks tests.
"""

import contextlib
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from client import RequestError, need, uri_of  # noqa: E402
from setting import CORPUS, Setting, has, run_tests, wait_until  # noqa: E402

METHODS = ["definition", "declaration", "implementation", "hover", "completion", "signatureHelp", "documentHighlight", "prepareRename",
           "prepareCallHierarchy"]
WHOLE = ["documentSymbol", "foldingRange", "documentLink", "semanticTokens/full", "codeLens", "diagnostic", "formatting"]


def descendants(process):
    """Process ids below `process`."""
    children = {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if fields[0] != "Z":
                children.setdefault(int(fields[1]), []).append(int(entry.name))
    out, todo = [], [process]
    while todo:
        below = children.get(todo.pop(), [])
        out += below
        todo += below
    return out


def alive(process):
    try:
        return pathlib.Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def state_of(client, path, text):
    """What the server says of a document: to compare two ways to the same text."""
    where = {"textDocument": {"uri": uri_of(path)}}
    lines = text.split("\n")
    positions = [{"line": n, "character": len(line) // 2} for n, line in enumerate(lines)][::max(1, len(lines) // 8)]
    out = {method: client.request("textDocument/" + method, where | {"options": {"tabSize": 2, "insertSpaces": True}})
           for method in ("documentSymbol", "foldingRange", "documentLink", "formatting")}
    out["tokens"] = client.request("textDocument/semanticTokens/full", where)["data"]
    for position in positions:
        for method in ("definition", "hover", "completion", "documentHighlight"):
            out[method, position["line"]] = client.request("textDocument/" + method, where | {"position": position})
    return out


# ---- Editing

def test_replay(arguments):
    """Types every file of the corpus and deletes it again; in between and in the end all is as if it were opened fresh."""
    with Setting(arguments, {"a.nix": ""}, {"evaluate": False}) as setting:
        client, path = setting.client, setting.path("a.nix")
        for source in sorted(CORPUS.rglob("*.nix")):
            text = source.read_text()
            step = max(1, len(text) // 60)
            client.open(path, "")
            version, line, column = 1, 0, 0
            for begin in range(0, len(text), step):
                piece = text[begin:begin + step]
                version += 1
                here = {"line": line, "character": column}
                client.change(path, version, [{"range": {"start": here, "end": here}, "text": piece}])
                line += piece.count("\n")
                column = len(piece) - piece.rfind("\n") - 1 if "\n" in piece else column + len(piece)
            typed = state_of(client, path, text)
            typed["diagnostics"] = client.wait_diagnostics(path, version)
            client.notify("textDocument/didClose", {"textDocument": {"uri": uri_of(path)}})
            client.open(path, text)
            fresh = state_of(client, path, text)
            fresh["diagnostics"] = client.wait_diagnostics(path, 1)
            for key in fresh:
                assert typed[key] == fresh[key], f"{source}: {key} differs after typing"
            version, end = 1, {"line": text.count("\n"), "character": len(text) - text.rfind("\n") - 1}
            while text:
                text = text[:-step] if step < len(text) else ""
                start = {"line": text.count("\n"), "character": len(text) - text.rfind("\n") - 1}
                version += 1
                client.change(path, version, [{"range": {"start": start, "end": end}, "text": ""}])
                end = start
            left = client.wait_diagnostics(path, version)
            client.notify("textDocument/didClose", {"textDocument": {"uri": uri_of(path)}})
            client.open(path, "")
            assert left == client.wait_diagnostics(path, 1), f"{source}: diagnostics differ after deleting"
            client.notify("textDocument/didClose", {"textDocument": {"uri": uri_of(path)}})
        setting.close()


def test_only_closed_string(arguments):
    """A file that is read as the text of a string that only ends."""
    module = "{ config, lib, pkgs, ... }: { services.nginx.enable = true; }"
    with Setting(arguments, {"default.nix": "{ }", "module.nix": module}) as setting:
        setting.open("module.nix")
        text = "*/ a b\""
        setting.client.change(setting.path("module.nix"), 2, [{"text": text}])
        for column in range(len(text) + 1):
            where = setting.client.at(setting.path("module.nix"), 0, column)
            for method in ("completion", "hover", "definition", "signatureHelp"):
                setting.client.request("textDocument/" + method, where)
        setting.close()


def random_value(chance, depth=0):
    kinds = [lambda: None, lambda: chance.randint(-5, 1 << 40), lambda: chance.choice(["", "a", "file:///x.nix", "\u2603"]), lambda: True,
             lambda: 1.5]
    if depth < 3:
        kinds += [lambda: [random_value(chance, depth + 1) for _ in range(chance.randint(0, 3))],
                  lambda: {chance.choice(["textDocument", "position", "uri", "line", "range", "x"]): random_value(chance, depth + 1)
                           for _ in range(chance.randint(0, 3))}]
    return chance.choice(kinds)()


def test_random_messages(arguments):
    """Whatever comes in, every request is answered once and the server goes on."""
    chance = random.Random(arguments.seed)
    texts = [p.read_text() for p in sorted(CORPUS.rglob("*.nix"))][:20]
    with Setting(arguments, {"a.nix": "1", "b.nix": "import ./a.nix"}, {"evaluate": False}) as setting:
        client = setting.client
        paths = [setting.path(n) for n in ("a.nix", "b.nix", "c.nix")]
        pending, version = [], 1
        for _ in range(arguments.rounds):
            path = chance.choice(paths)
            where = {"textDocument": {"uri": uri_of(path)}, "position": {"line": chance.randint(0, 60), "character": chance.randint(0, 90)}}
            action = chance.randint(0, 9)
            version += 1
            if action == 0:
                client.open(path, chance.choice(texts), version)
            elif action == 1:
                client.notify("textDocument/didClose", {"textDocument": {"uri": uri_of(path)}})
            elif action <= 4:
                a, b = chance.randint(0, 60), chance.randint(0, 60)
                span = {"start": {"line": a, "character": chance.randint(0, 60)}, "end": {"line": b, "character": chance.randint(0, 60)}}
                client.change(path, version, [{"range": span, "text": chance.choice(["", "{", "}", '"', "''", "a.b = ", "let x = 1; in\n", "${"])}])
            elif action == 5:
                method = chance.choice(["textDocument/hover", "textDocument/rename", "no/such", "textDocument/codeAction", "workspace/symbol"])
                pending.append(client.start(method, random_value(chance)))
            elif action == 6 and pending:
                client.notify("$/cancelRequest", {"id": chance.choice(pending)})
            elif action == 7:
                span = {"start": where["position"], "end": where["position"]}
                pending.append(client.start("textDocument/codeAction", where | {"range": span, "context": {"diagnostics": []}}))
            elif action == 8:
                pending.append(client.start("textDocument/" + chance.choice(WHOLE), where | {"options": {}}))
            else:
                pending.append(client.start("textDocument/" + chance.choice(METHODS), where))
        for id in pending:
            client.wait(id)
        setting.close()


def test_broken_frames(arguments):
    """Garbage between and in messages."""
    with Setting(arguments, {"a.nix": "1"}, {"evaluate": False}) as setting:
        for body in ("", "{", "[]", "null", '{"jsonrpc":"2.0"}', '{"jsonrpc":"2.0","id":{},"method":3}', "\xff\xfe", "[1,2]"):
            setting.client.send_raw(body)
        setting.client.process.stdin.write(b"X-Other: 1\r\nContent-Length: 2\r\n\r\n{}")
        setting.client.process.stdin.flush()
        setting.open("a.nix")
        setting.client.wait_diagnostics(setting.path("a.nix"))
        setting.close()


def test_unknown_request(arguments):
    with Setting(arguments, {"a.nix": "1"}) as setting:
        try:
            setting.client.request("textDocument/doesNotExist", {})
            raise AssertionError("it is answered")
        except RequestError as error:
            assert error.code == -32601, error
        setting.close()


def test_cancel_storm(arguments):
    with Setting(arguments, {"a.nix": "{ pkgs ? import <nixpkgs> { } }: with pkgs; [ cur ]"}) as setting:
        setting.open("a.nix")
        where = setting.client.at(setting.path("a.nix"), 0, 49)
        ids = []
        for _ in range(500):
            ids.append(setting.client.start("textDocument/completion", where))
            setting.client.notify("$/cancelRequest", {"id": ids[-1]})
        answers = [setting.client.wait(id) for id in ids]
        assert all("result" in a or a["error"]["code"] == -32800 for a in answers)
        setting.close()


# ---- Evaluations that go wrong

ENDLESS = "let f = x: f (x + 1); in { a = f 0; }"
MEMORY_BOMB = "let f = n: [ n ] ++ f (n + 1); in { a = builtins.length (f 0); }"
STRING_BOMB = 'let f = s: f (s + s); in { a = f "0123456789"; }'


def test_endless_evaluation(arguments):
    with Setting(arguments, {"default.nix": ENDLESS}, {"timeSeconds": 1}) as setting:
        setting.open("default.nix")
        setting.wait_for("default.nix", lambda found: has("E100")(found) or has("E026")(found))
        # What needs no evaluation works while one goes on, and what is mended is evaluated at once.
        setting.client.change(setting.path("default.nix"), 2, [{"text": "{ a = 1 + null; }"}])
        setting.client.request("textDocument/documentSymbol", {"textDocument": {"uri": uri_of(setting.path("default.nix"))}}, timeout=10)
        setting.wait_for("default.nix", has("E015"))
        setting.close()


def test_memory_bomb(arguments):
    for bomb in (MEMORY_BOMB, STRING_BOMB):
        with Setting(arguments, {"default.nix": bomb}, {"memoryMegabytes": 200, "timeSeconds": 60}) as setting:
            setting.open("default.nix")
            setting.wait_for("default.nix", lambda found: any(d["code"] in ("E101", "E026", "E030") for d in found), 90)
            setting.client.change(setting.path("default.nix"), 2, [{"text": "{ a = 1 + null; }"}])
            setting.wait_for("default.nix", has("E015"))
            setting.close()


def test_worker_killed(arguments):
    with Setting(arguments, {"default.nix": "{ a = 1; }"}) as setting:
        setting.open("default.nix")
        path = setting.path("default.nix")
        for version in range(2, 5):
            setting.client.change(path, version, [{"text": f"{{ a = {version} + null; }}"}])
            setting.wait_for("default.nix", has("E015"))
            for process in descendants(setting.client.process.pid):
                # It may have ended meanwhile.
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
            setting.client.change(path, version + 10, [{"text": "{ a = 1; }"}])
            setting.wait_for("default.nix", lambda found: not has("E015")(found))
        setting.close()


def test_client_death(arguments):
    """A client that is gone leaves no process behind, also in the middle of an evaluation that does not end."""
    for text in ("{ a = 1; }", ENDLESS):
        with Setting(arguments, {"default.nix": text}, {"timeSeconds": 600}) as setting:
            setting.open("default.nix")
            assert wait_until(lambda: len(descendants(setting.client.process.pid)) >= 1), "no worker was started"
            time.sleep(0.5)
            server = setting.client.process
            below = descendants(server.pid)
            server.kill()
            server.wait()
            assert wait_until(lambda: not any(alive(p) for p in below)), "a worker lives on"


def test_names_that_are_missing(arguments):
    """The place of a symbol's name lies inside of the symbol, also where the name ends in a dot."""
    with Setting(arguments, {"a.nix": ""}, {"evaluate": False}) as setting:
        for version, text in enumerate(("{ a.\n\n", "{ a.\n\n= 1; }", "{ a.b.\n\n; c = 2; }", "let a.\n\nin 1", "{ .\n\n= 1; }"), 1):
            setting.client.open(setting.path("a.nix"), text)
            for symbol in setting.client.request("textDocument/documentSymbol", {"textDocument": {"uri": uri_of(setting.path("a.nix"))}}):
                whole, name = symbol["range"], symbol["selectionRange"]
                places = [(place["line"], place["character"]) for place in (whole["start"], name["start"], name["end"], whole["end"])]
                assert places == sorted(places), f"{text!r}: {symbol}"
            setting.client.notify("textDocument/didClose", {"textDocument": {"uri": uri_of(setting.path("a.nix"))}})
        setting.close()


def test_shutdown_while_evaluating(arguments):
    with Setting(arguments, {"default.nix": ENDLESS}, {"timeSeconds": 600}) as setting:
        setting.open("default.nix")
        assert wait_until(lambda: len(descendants(setting.client.process.pid)) >= 1)
        below = descendants(setting.client.process.pid)
        setting.close()
        assert wait_until(lambda: not any(alive(p) for p in below)), "a worker lives on"


def test_stale_work_is_dropped(arguments):
    """Typing on while a slow evaluation runs: only the last text counts."""
    slow = "let f = n: if n == 0 then 0 else 1 + f (n - 1); in { a = f 3000; b = %s; }"
    with Setting(arguments, {"default.nix": "{ }"}) as setting:
        setting.open("default.nix")
        for version in range(2, 40):
            setting.client.change(setting.path("default.nix"), version, [{"text": slow % version}])
        setting.client.change(setting.path("default.nix"), 40, [{"text": slow % "1 + null"}])
        found = setting.wait_for("default.nix", has("E015"))
        assert len([d for d in found if d["code"] == "E015"]) == 1
        setting.close()


def test_buffer_instead_of_file(arguments):
    """An error in a file that is only in the editor shows, also through an import."""
    with Setting(arguments, {"default.nix": "{ a = import ./other.nix; }", "other.nix": "1"}) as setting:
        setting.open("default.nix")
        setting.client.open(setting.path("other.nix"), "1 + null")
        setting.wait_for("other.nix", has("E015"))
        setting.client.change(setting.path("other.nix"), 2, [{"text": "1 + 1"}])
        setting.wait_for("other.nix", lambda found: not found)
        setting.close()


def test_file_not_open(arguments):
    """Problems of a file that is not open are told, and taken back."""
    with Setting(arguments, {"default.nix": "{ a = import ./other.nix; }", "other.nix": "1 + null"}) as setting:
        setting.open("default.nix")
        setting.wait_for("other.nix", has("E015"))
        setting.path("other.nix").write_text("1 + 2 + 3")
        setting.client.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": uri_of(setting.path("other.nix")), "type": 2}]})
        setting.wait_for("other.nix", lambda found: not found)
        setting.close()


def test_file_appears(arguments):
    """What was not there when it was looked for counts once it is."""
    text = "{ a = if builtins.pathExists ./other then 1 + null else 1; b = %s; }"
    with Setting(arguments, {"default.nix": text % 1}) as setting:
        setting.open("default.nix")
        setting.client.change(setting.path("default.nix"), 2, [{"text": text % "2 + null"}])
        setting.wait_for("default.nix", has("E015"))
        setting.client.change(setting.path("default.nix"), 3, [{"text": text % 3}])
        setting.wait_for("default.nix", lambda found: not found)
        setting.path("other").write_text("")
        setting.client.change(setting.path("default.nix"), 4, [{"text": text % 4}])
        setting.wait_for("default.nix", has("E015"), 20)
        setting.close()


MODULE = "{ config, lib, pkgs, ... }:\n{\n  services.nginx.enabel = true;\n}\n"


def test_cache(arguments):
    """The index of options is written whole, and a spoilt or unwritable cache costs nothing but time; so for parsed files."""
    with Setting(arguments, {"a.nix": MODULE}) as setting:
        setting.open("a.nix")
        setting.wait_for("a.nix", has("M001"))
        cache = setting.folder / "cache" / "evalctl"
        files = [f for f in cache.rglob("*") if f.is_file()]
        assert files and all(f.parent.name == "options" or f.suffix == ".pack" for f in files), files
        setting.close()
        for spoil in (lambda f: f.write_bytes(f.read_bytes()[:100]), lambda f: f.write_bytes(b""), lambda f: f.write_bytes(b"\xff" * 5000)):
            for file in files:
                spoil(file)
            environment = {"XDG_CACHE_HOME": str(setting.folder / "cache")}
            with Setting(arguments, {"a.nix": MODULE}, environment=environment) as again:
                again.open("a.nix")
                again.wait_for("a.nix", has("M001"))
                again.close()


def test_cache_cannot_be_written(arguments):
    for place in ("/dev/full", "/proc/nowhere"):
        with Setting(arguments, {"a.nix": MODULE}, environment={"XDG_CACHE_HOME": place}) as setting:
            setting.open("a.nix")
            setting.wait_for("a.nix", has("M001"))
            setting.close()


def test_disk_full(arguments):
    """A file system without room: no half-written index stays, and what stays of parsed files does no harm."""
    with tempfile.TemporaryDirectory() as folder:
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", folder], capture_output=True).returncode == 0
        if not mounted:
            return
        try:
            for _ in range(2):
                with Setting(arguments, {"a.nix": MODULE}, environment={"XDG_CACHE_HOME": folder}) as setting:
                    setting.open("a.nix")
                    setting.wait_for("a.nix", has("M001"))
                    setting.close()
            left = [p for p in pathlib.Path(folder).rglob("*") if p.is_file() and p.suffix != ".pack"]
            assert not left, left
        finally:
            subprocess.run(["umount", folder], check=True)


def test_index_follows_inputs(arguments):
    """A change of the package set's own modules is seen by the next server: the cache is keyed by contents."""
    with Setting(arguments, {"a.nix": MODULE.replace("nginx.enabel", "extra.enable")}) as setting:
        nixpkgs = setting.folder / "nixpkgs"
        shutil.copytree(CORPUS / "nixpkgs-mini", nixpkgs)
        environment = {"NIX_PATH": f"nixpkgs={nixpkgs}", "XDG_CACHE_HOME": str(setting.folder / "cache")}
        files = {"a.nix": MODULE.replace("nginx.enabel", "extra.enable")}
        with Setting(arguments, files, environment=environment) as first:
            first.open("a.nix")
            first.wait_for("a.nix", has("M001"))
            first.close()
        module = nixpkgs / "nixos" / "modules" / "services" / "nginx.nix"
        text = module.read_text()
        need("options" in text, "a declaration", "nginx.nix")
        listing = nixpkgs / "nixos" / "modules" / "module-list.nix"
        listing.write_text(listing.read_text().replace("[", "[ ({ lib, ... }: { options.services.extra.enable = lib.mkEnableOption \"it\"; })", 1))
        with Setting(arguments, files, environment=environment) as second:
            second.open("a.nix")
            second.client.pump(1)
            second.wait_for("a.nix", lambda found: not has("M001")(found))
            time.sleep(1)
            while second.client.pump(0.2):
                pass
            assert not has("M001")(second.client.diagnostics[str(second.path("a.nix"))])
            second.close()


def test_names_before_texts(arguments):
    """While the texts of options are still being evaluated their names are completed, and what is asked for is told: types, texts,
    declarations, what is mistaken."""
    text = "{ config, lib, pkgs, ... }: { services.ext = 1;\n services.nginx.enable = true; }"
    with tempfile.TemporaryDirectory() as folder:
        nixpkgs = pathlib.Path(folder) / "nixpkgs"
        shutil.copytree(CORPUS / "nixpkgs-mini", nixpkgs)
        listing = nixpkgs / "nixos" / "modules" / "module-list.nix"
        # Takes hours, and no memory.
        slow_text = "let l = builtins.genList (x: x) 100000; s = f: builtins.foldl' (a: x: a + f x) 0 l; in toString (s (x: s (y: s (z: z))))"
        endless = f"({{ lib, ... }}: {{ options.services.extra = lib.mkOption {{ description = {slow_text}; }}; }})"
        listing.write_text(listing.read_text().replace("[", f"[ {endless}", 1))
        with Setting(arguments, {"a.nix": text}, environment={"NIX_PATH": f"nixpkgs={nixpkgs}"},
                     capabilities={"window": {"workDoneProgress": True}}) as slow:
            slow.open("a.nix")
            where = slow.client.at(slow.path("a.nix"), 0, text.index("ext") + 3)

            def names():
                found = slow.client.request("textDocument/completion", where, timeout=10) or []
                return [item["label"] for item in (found["items"] if isinstance(found, dict) else found)]

            assert wait_until(lambda: "extra" in names(), 20), names()
            found = slow.client.request("textDocument/completion", where, timeout=10)["items"]
            assert "documentation" not in found[0], found
            enable = slow.client.request("textDocument/hover", slow.client.at(slow.path("a.nix"), 1, text.split("\n")[1].index("enable")))
            assert "*boolean*" in enable["contents"]["value"], enable
            declared = slow.client.request("textDocument/definition", slow.client.at(slow.path("a.nix"), 1, text.split("\n")[1].index("enable")))
            assert declared and declared[0]["uri"].endswith("nginx.nix"), declared
            # A name that is none, and a value of a wrong type, are told from the names and from what is asked for.
            slow.wait_for("a.nix", has("M001", "services.ext"), 20)
            slow.client.change(slow.path("a.nix"), 2, [{"text": text.replace("= true", '= "yes"')}])
            slow.wait_for("a.nix", has("M002", "services.nginx.enable"), 20)
            titles = [m["params"]["value"] for m in slow.client.notifications if m["method"] == "$/progress" and "collecting" in m["params"]["token"]]
            assert [t["kind"] for t in titles] == ["begin"], titles
            # Whoever types on finds the same.
            slow.client.change(slow.path("a.nix"), 3, [{"text": text.replace("services.ext = 1", "services.nginx.")}])
            nginx = slow.client.request("textDocument/completion", slow.client.at(slow.path("a.nix"), 0, text.index("ext") + 6), timeout=10)["items"]
            assert any(item["label"] == "enable" and item["detail"] == "boolean" for item in nginx), nginx
            slow.close()


def test_edits_of_values(arguments):
    """Whatever is edited, what is told is that of the last text: of values, which the session takes over, and of all else."""
    entry = "(import <nixpkgs/nixos/system.nix> { lib = import <nixpkgs/lib>; }) { system = \"x86_64-linux\"; modules = [ ./a.nix ]; }"
    text = """{ config, ... }: {
  services.nginx.enable = true;
  services.nginx.user = "USER";
  services.nginx.virtualHosts."a.org".forceSSL = FORCED;
  environment.etc.told.text = "${config.services.nginx.user} of ${toString (import ./number.nix)}";
}
"""
    with Setting(arguments, {"default.nix": entry, "a.nix": text.replace("USER", "one").replace("FORCED", "false"), "number.nix": "{ n = 1; }.n"}) as setting:
        setting.open("default.nix")
        setting.open("a.nix")
        line = next(i for i, l in enumerate(text.splitlines()) if "config.services" in l)
        where = setting.client.at(setting.path("a.nix"), line, text.splitlines()[line].index("nginx.user") + 8)

        def shows(words):
            return lambda: words in str(setting.client.request("textDocument/hover", where))

        assert wait_until(shows('"one"'), 20)
        for version, user in enumerate(["two", "three", "four"], 2):
            setting.client.change(setting.path("a.nix"), version, [{"text": text.replace("USER", user).replace("FORCED", "false")}])
            assert wait_until(shows(f'"{user}"'), 20), user
        # An assertion that fails, and its repair with another value at once.
        setting.client.change(setting.path("a.nix"), 5, [{"text": text.replace("USER", "four").replace("FORCED", "true")}])
        setting.wait_for("a.nix", lambda found: any(d["severity"] == 1 for d in found), 20)
        setting.client.change(setting.path("a.nix"), 6, [{"text": text.replace("USER", "five").replace("FORCED", "false")}])
        setting.wait_for("a.nix", lambda found: not any(d["severity"] == 1 for d in found), 20)
        assert wait_until(shows('"five"'), 20)
        # A line more, which moves what follows; then again a value.
        longer = text.replace("  services.nginx.user", "  # which\n  services.nginx.group = \"g\";\n  services.nginx.user")
        where["position"]["line"] += 2
        for version, user in ((7, "six"), (8, "seven")):
            setting.client.change(setting.path("a.nix"), version, [{"text": longer.replace("USER", user).replace("FORCED", "false")}])
            assert wait_until(shows(f'"{user}"'), 20), user
        # A file that is not open.
        setting.path("number.nix").write_text("{ n = 1 + null; }.n")
        setting.client.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": uri_of(setting.path("number.nix")), "type": 2}]})
        setting.wait_for("number.nix", has("E015"), 20)
        setting.close()


if __name__ == "__main__":
    sys.exit(run_tests(globals(), __doc__))
