#!/usr/bin/env python3
"""What the language server calls files, and what it says of those of a project.

Each test is a function `test_*`; the last line is `N passed, M failed`. `--filter` picks tests.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from client import path_of, uri_of  # noqa: E402
from setting import Setting, has, run_tests, wait_until  # noqa: E402

PULLS = {"textDocument": {"diagnostic": {}}, "workspace": {"diagnostics": {"refreshSupport": True}}}


def test_pull_diagnostics(arguments):
    with Setting(arguments, {"default.nix": "{ a = 1 + null; }"}, capabilities=PULLS) as setting:
        setting.open("default.nix")
        where = {"textDocument": {"uri": uri_of(setting.path("default.nix"))}}
        assert wait_until(lambda: has("E015")(setting.client.request("textDocument/diagnostic", where)["items"]))
        setting.close()


def test_workspace_diagnostics(arguments):
    """The whole workspace has what is said of one document, and takes back what was said of a file that is gone."""
    files = {"default.nix": "{ a = 1 + null; b = import ./b.nix; }", "b.nix": "{ c = 1 + true; }", "unused.nix": "x: 1"}
    with Setting(arguments, files, capabilities=PULLS) as setting:
        setting.open("default.nix")

        def pull(previous):
            found = setting.client.request("workspace/diagnostic", {"previousResultIds": previous})["items"]
            return {pathlib.Path(path_of(one["uri"])).name: one for one in found}

        def codes(name):
            return [d["code"] for d in pull([])[name]["items"]]

        assert wait_until(lambda: codes("default.nix") == ["E015"] and codes("b.nix") == ["E015"])
        assert codes("unused.nix") == ["L002"]
        before = pull([])
        known = [{"uri": one["uri"], "value": one["resultId"]} for one in before.values()]
        assert {one["kind"] for one in pull(known).values()} == {"unchanged"}
        setting.path("unused.nix").unlink()
        gone = pull(known)["unused.nix"]
        assert gone["kind"] == "full" and gone["items"] == [] and gone["version"] is None, gone
        setting.close()


# ---- What the client calls files

def open_as(client, uri, text):
    client.notify("textDocument/didOpen", {"textDocument": {"uri": uri, "languageId": "nix", "version": 1, "text": text}})


def published(client):
    """URIs of all diagnostics so far, with their codes at last."""
    sent = [n["params"] for n in client.notifications if n["method"] == "textDocument/publishDiagnostics"]
    return {params["uri"]: [d["code"] for d in params["diagnostics"]] for params in sent}


def test_spelling(arguments):
    """A document has the URI that the client gave it, and what lies in a folder begins with the folder's."""
    files = {"default.nix": "{ a = (import ./b.nix).inner; }", "b.nix": "{ inner = 1 + null; }"}
    with Setting(arguments, files) as setting:
        client, plain = setting.client, uri_of(setting.root)
        # Letters that need no escape, a slash at the end, no host.
        root = plain.replace("file:///", "file:/").removesuffix("project") + "%70roject/"
        client.notify("workspace/didChangeWorkspaceFolders", {"event": {"removed": [{"uri": plain, "name": "r"}], "added": [{"uri": root, "name": "r"}]}})
        uri = plain + "/./%64efault.nix"
        open_as(client, uri, files["default.nix"])
        assert wait_until(lambda: client.pump(0.1) and published(client).get(root + "b.nix") == ["E015"]), published(client)
        assert set(published(client)) == {uri, root + "b.nix"}, published(client)
        where = {"textDocument": {"uri": uri}, "position": {"line": 0, "character": 24}}
        assert [found["uri"] for found in client.request("textDocument/definition", where)] == [root + "b.nix"]
        links = client.request("textDocument/documentLink", {"textDocument": {"uri": uri}})
        assert [link["target"] for link in links] == [root + "b.nix"]
        edits = client.request("textDocument/rename", where | {"newName": "deep"})["documentChanges"]
        assert sorted(edit["textDocument"]["uri"] for edit in edits) == sorted([uri, root + "b.nix"]), edits
        client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
        assert wait_until(lambda: client.pump(0.1) and published(client)[uri] == [])
        setting.close()


def test_links(arguments):
    """A file that is open through a link is the one that is evaluated, read and changed, and has no second name."""
    files = {"default.nix": "{ a = (import ./real.nix).inner; b = (import ./link.nix).inner; }", "real.nix": "{ inner = 1; }"}
    with Setting(arguments, files) as setting:
        client, link = setting.client, setting.path("link.nix")
        link.symlink_to("real.nix")
        setting.open("default.nix")
        open_as(client, uri_of(link), "{ inner = 1 + null; }")
        setting.wait_for("link.nix", has("E015"))
        assert uri_of(setting.path("real.nix")) not in published(client), published(client)
        where = client.at(setting.path("default.nix"), 0, 28)
        assert [found["uri"] for found in client.request("textDocument/definition", where)] == [uri_of(link)]
        edits = client.request("textDocument/rename", where | {"newName": "deep"})["documentChanges"]
        assert sorted(path_of(edit["textDocument"]["uri"]) for edit in edits) == sorted(map(str, [setting.path("default.nix"), link])), edits
        # By its own name it is a file of its own, as long as it is open.
        setting.open("real.nix")
        setting.client.wait_diagnostics(setting.path("real.nix"))
        assert [found["uri"] for found in client.request("textDocument/definition", where)] == [uri_of(setting.path("real.nix"))]
        setting.close()


def test_configuration_file(arguments):
    """evalctl.toml: its own entries, lints turned off, no evaluation."""
    files = {"evalctl.toml": 'entries = ["main.nix"]\n[diagnostics]\nignored = ["L001"]\n', "main.nix": "{ a = 1 + null; }",
             "off/evalctl.toml": "evaluate = false\n", "off/default.nix": "{ a = 1 + null; }"}
    with Setting(arguments, files) as setting:
        setting.open("main.nix")
        setting.wait_for("main.nix", has("E015"))
        setting.close()


# ---- While a file does not parse

def test_mistake_elsewhere(arguments):
    """A file that does not parse takes part as it was before, and all else is evaluated anew."""
    entry = "(import <nixpkgs/nixos/system.nix> { lib = import <nixpkgs/lib>; }) { system = \"x86_64-linux\"; modules = [ ./a.nix ./b.nix ]; }"
    reader = '{ config, ... }: {\n  environment.etc.told.text = "${config.services.nginx.user}";\n'
    user = '{ ... }: { services.nginx.enable = true; services.nginx.user = "USER"; }'
    with Setting(arguments, {"default.nix": entry, "a.nix": reader + "}\n", "b.nix": user.replace("USER", "one")}) as setting:
        client = setting.client
        for name in ("default.nix", "a.nix", "b.nix"):
            setting.open(name)
        where = client.at(setting.path("a.nix"), 1, reader.splitlines()[1].index("nginx.user") + 8)

        def shows(words):
            return lambda: words in str(client.request("textDocument/hover", where))

        def is_syntax(found):
            return any(d["code"].startswith("P") for d in found)

        assert wait_until(shows('"one"'))
        client.change(setting.path("a.nix"), 2, [{"text": reader + '  services.nginx.group = "changed";\n}\n'}])
        client.change(setting.path("a.nix"), 3, [{"text": reader + '  services.nginx.group = "changed";\n  services.nginx.\n}\n'}])
        setting.wait_for("a.nix", is_syntax)
        client.change(setting.path("b.nix"), 2, [{"text": user.replace("USER", "two")}])
        assert wait_until(shows('"two"')), client.request("textDocument/hover", where)
        client.change(setting.path("b.nix"), 3, [{"text": user.replace('"USER"', "1 + null")}])
        setting.wait_for("b.nix", has("E015"))
        setting.wait_for("a.nix", is_syntax)
        client.change(setting.path("b.nix"), 4, [{"text": user.replace("USER", "three")}])
        setting.wait_for("b.nix", lambda found: not has("E015")(found))
        assert wait_until(shows('"three"'))
        # Who completes where the mistake is gets what the configuration has.
        at = client.at(setting.path("a.nix"), 3, len("  services.nginx."))
        assert wait_until(lambda: any(item["label"] == "user" for item in client.request("textDocument/completion", at)["items"]))
        setting.close()


def test_mistake_on_disk(arguments):
    """A file that is saved with a mistake, and one that had it before the editor came."""
    files = {"default.nix": "{ a = (import ./a.nix).x; b = import ./b.nix; c = import ./c.nix; }", "a.nix": "{ x = 1; }", "b.nix": "{ y = 2; }",
             "c.nix": "{ y = "}
    with Setting(arguments, files) as setting:
        client = setting.client
        for name in files:
            setting.open(name)
        setting.wait_for("c.nix", lambda found: any(d["code"].startswith("P") for d in found))
        client.change(setting.path("a.nix"), 2, [{"text": "{ x = "}])
        setting.path("a.nix").write_text("{ x = ")
        client.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": uri_of(setting.path("a.nix")), "type": 2}]})
        client.change(setting.path("b.nix"), 2, [{"text": "{ y = 2 + null; }"}])
        setting.wait_for("b.nix", has("E015"))
        setting.wait_for("default.nix", lambda found: not found)
        # Repaired: nothing of the time before is left.
        client.change(setting.path("a.nix"), 3, [{"text": "{ z = 1; }"}])
        setting.wait_for("default.nix", lambda found: any(d["code"].startswith("E") and "'x'" in d["message"] for d in found))
        setting.close()


if __name__ == "__main__":
    sys.exit(run_tests(globals(), __doc__))
